package io.kybern.node.runtime;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.transport.DockerHttpClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The images of a Docker Engine. Failures are left to the caller, who words them. */
final class DockerImages {

    private static final int NOT_FOUND = 404;

    private final DockerClient docker;
    private final DockerHttpClient http;

    DockerImages(DockerClient docker, DockerHttpClient http) {
        this.docker = docker;
        this.http = http;
    }

    Optional<ImageDetails> find(String reference) {
        InspectImageResponse i;
        try {
            i = docker.inspectImageCmd(reference).exec();
        } catch (NotFoundException absent) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        addAll(names, i.getRepoDigests());
        addAll(names, i.getRepoTags());
        ContainerConfig config = i.getConfig();
        return Optional.of(new ImageDetails(
                orEmpty(i.getId()),
                names,
                i.getSize() == null ? 0 : i.getSize(),
                config == null ? "" : orEmpty(config.getUser()),
                config == null ? Map.of() : environment(config.getEnv())));
    }

    private static Map<String, String> environment(String @Nullable [] entries) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String entry : entries == null ? new String[0] : entries) {
            int at = entry.indexOf('=');
            if (at > 0) {
                environment.put(entry.substring(0, at), entry.substring(at + 1));
            }
        }
        return environment;
    }

    List<ImageDetails> list() {
        List<ImageDetails> answer = new ArrayList<>();
        for (var i : docker.listImagesCmd().exec()) {
            List<String> names = new ArrayList<>();
            if (i.getRepoDigests() != null) {
                addAll(names, List.of(i.getRepoDigests()));
            }
            if (i.getRepoTags() != null) {
                addAll(names, List.of(i.getRepoTags()));
            }
            names.removeIf(n -> n.startsWith("<none>"));
            if (!names.isEmpty()) {
                answer.add(new ImageDetails(i.getId(), names, i.getSize() == null ? 0 : i.getSize(), "", Map.of()));
            }
        }
        return answer;
    }

    /** As the engine's overlay driver tells them. The client's own model of an image leaves them out, so the answer is read here. */
    List<String> layers(String reference) {
        Optional<String> fault = ImageReference.fault(reference);
        if (fault.isPresent()) {
            throw RuntimeFailure.answered(
                    RuntimeFailure.Kind.REFUSED, fault.get(), new IllegalArgumentException(reference));
        }
        Map<?, ?> driver = Map.of();
        var request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.GET)
                .path("/images/" + escaped(reference) + "/json")
                .build();
        try (var response = http.execute(request)) {
            if (response.getStatusCode() == NOT_FOUND) {
                throw new NotFoundException("No such image: " + reference);
            }
            String text = new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
            if (Serialization.unmarshal(text, Map.class).get("GraphDriver") instanceof Map<?, ?> graph
                    && graph.get("Data") instanceof Map<?, ?> data) {
                driver = data;
            }
        } catch (IOException broken) {
            throw RuntimeFailure.unreachable("inspect image " + reference, broken);
        }
        if (!(driver.get("UpperDir") instanceof String top)) {
            throw RuntimeFailure.answered(
                    RuntimeFailure.Kind.REFUSED,
                    "the container engine does not tell where the files of image \"" + reference + "\" are",
                    new IOException("no overlay driver"));
        }
        List<String> layers = new ArrayList<>();
        layers.add(top);
        if (driver.get("LowerDir") instanceof String lower && !lower.isEmpty()) {
            layers.addAll(List.of(lower.split(":")));
        }
        return layers;
    }

    /** The engine takes the slashes of a name as they are. */
    private static String escaped(String reference) {
        return URLEncoder.encode(reference, StandardCharsets.UTF_8).replace("%2F", "/");
    }

    void pull(DockerClient streaming, String reference, @Nullable RegistryLogin login, Duration atMost) {
        var command = streaming.pullImageCmd(reference);
        if (login != null) {
            command.withAuthConfig(new AuthConfig()
                    .withRegistryAddress(login.registry())
                    .withUsername(login.user())
                    .withPassword(login.password())
                    .withIdentityToken(login.identityToken())
                    .withRegistrytoken(login.registryToken()));
        }
        // closed in any case: the engine gives up a pull for which nobody waits
        try (var progress = command.start()) {
            boolean done = progress.awaitCompletion(atMost.toMillis(), TimeUnit.MILLISECONDS);
            if (!done) {
                throw RuntimeFailure.answered(
                        RuntimeFailure.Kind.UNREACHABLE,
                        "the pull took longer than " + atMost,
                        new IOException("timeout"));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw RuntimeFailure.unreachable("pull " + reference, stopped);
        } catch (IOException broken) {
            throw RuntimeFailure.unreachable("pull " + reference, broken);
        }
    }

    private static void addAll(List<String> names, @Nullable List<String> more) {
        if (more != null) {
            names.addAll(more);
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
