package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives every pod a service account and, unless somebody declines, the account's token in its containers. */
final class ServiceAccountPlugin implements AdmissionPlugin {

    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
    private static final int SUFFIX_LENGTH = 5;
    private static final String DEFAULT_ACCOUNT = "default";

    /** How often the default account is looked for: a controller makes it a moment after its namespace. */
    private static final int LOOKS = 10;

    private static final long SHORTEST_PAUSE_MILLIS = 100;

    private final ClusterReader cluster;
    private final Random random;
    private final LongConsumer pause;

    /**
     * @param pause lets that many nanoseconds pass
     */
    ServiceAccountPlugin(ClusterReader cluster, Random random, LongConsumer pause) {
        this.cluster = cluster;
        this.random = random;
        this.pause = pause;
    }

    @Override
    public String name() {
        return "ServiceAccount";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (request.operation() != AdmissionOperation.CREATE
                || !request.target().is("", "pods")) {
            return;
        }
        request.object().ifPresent(pod -> admit(pod, request.target()));
    }

    @Override
    public void validate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        boolean made = request.operation() == AdmissionOperation.CREATE && target.is("", "pods");
        boolean debugged = request.operation() == AdmissionOperation.UPDATE
                && target.subresource().equals("ephemeralcontainers")
                && target.type().groupResource().equals(PODS);
        Optional<ObjectNode> pod = request.object();
        if (!made && !debugged
                || pod.isEmpty()
                || KubeObject.annotations(pod.get()).containsKey(MIRROR)) {
            return;
        }
        JsonNode spec = pod.get().path("spec");
        MountableSecrets.of(account(target, spec.path("serviceAccountName").asString("")))
                .flatMap(rules -> made ? rules.refusal(spec) : rules.refusalOfEphemeral(spec))
                .ifPresent(why -> {
                    throw ApiException.forbidden(PODS, target.name(), why);
                });
    }

    private void admit(ObjectNode pod, AdmissionRequest.Target target) {
        if (KubeObject.annotations(pod).containsKey(MIRROR)) {
            return;
        }
        ObjectNode spec = Absent.object(pod, "spec");
        String name = spec.path("serviceAccountName").asString("");
        if (name.isEmpty()) {
            name = DEFAULT_ACCOUNT;
            spec.put("serviceAccountName", name);
        }
        spec.put("serviceAccount", name);
        JsonNode account = account(target, name);
        if (shouldMount(account, spec)) {
            mountToken(spec);
        }
        if (spec.path("imagePullSecrets").isEmpty()
                && !account.path("imagePullSecrets").isEmpty()) {
            spec.set("imagePullSecrets", account.path("imagePullSecrets").deepCopy());
        }
    }

    private JsonNode account(AdmissionRequest.Target target, String name) {
        return find(new ObjectKey(target.namespace(), name))
                .orElseThrow(() -> ApiException.forbidden(
                        PODS,
                        target.name(),
                        "error looking up service account %s/%s: serviceaccount \"%s\" not found"
                                .formatted(target.namespace(), name, name)));
    }

    private Optional<JsonNode> find(ObjectKey key) {
        Optional<JsonNode> account = cluster.find("", "serviceaccounts", key);
        if (account.isPresent() || !key.name().equals(DEFAULT_ACCOUNT)) {
            return account;
        }
        long nanos = TimeUnit.MILLISECONDS.toNanos(SHORTEST_PAUSE_MILLIS + random.nextLong(SHORTEST_PAUSE_MILLIS));
        for (int look = 1; look < LOOKS && account.isEmpty(); look++) {
            pause.accept(nanos);
            account = cluster.find("", "serviceaccounts", key);
        }
        return account;
    }

    /** The pod's word counts more than the account's; by default the token is mounted. */
    private static boolean shouldMount(JsonNode account, JsonNode spec) {
        JsonNode own = spec.path("automountServiceAccountToken");
        return own.isBoolean()
                ? own.asBoolean()
                : account.path("automountServiceAccountToken").asBoolean(true);
    }

    private void mountToken(ObjectNode spec) {
        String volume = existingVolume(spec);
        boolean needed = false;
        String name = volume.isEmpty() ? "kube-api-access-" + suffix() : volume;
        for (String list : List.of("initContainers", "containers")) {
            for (JsonNode container : spec.path(list)) {
                if (container instanceof ObjectNode object && !mounts(object)) {
                    ArrayNode mounts = object.get("volumeMounts") instanceof ArrayNode present
                            ? present
                            : object.putArray("volumeMounts");
                    mounts.addObject().put("name", name).put("readOnly", true).put("mountPath", MOUNT_PATH);
                    needed = true;
                }
            }
        }
        if (needed && volume.isEmpty()) {
            ArrayNode volumes = spec.get("volumes") instanceof ArrayNode present ? present : spec.putArray("volumes");
            volumes.add(volume(name));
        }
    }

    private static String existingVolume(JsonNode spec) {
        for (JsonNode volume : spec.path("volumes")) {
            if (volume.path("name").asString("").startsWith("kube-api-access-")) {
                return volume.path("name").asString();
            }
        }
        return "";
    }

    private static boolean mounts(JsonNode container) {
        for (JsonNode mount : container.path("volumeMounts")) {
            if (mount.path("mountPath").asString("").equals(MOUNT_PATH)) {
                return true;
            }
        }
        return false;
    }

    private static ObjectNode volume(String name) {
        ObjectNode volume = Json.object().put("name", name);
        ObjectNode projected = volume.putObject("projected").put("defaultMode", 0644);
        ArrayNode sources = projected.putArray("sources");
        sources.addObject()
                .putObject("serviceAccountToken")
                .put("expirationSeconds", ServiceAccountTokens.MOUNTED_LIFETIME.toSeconds())
                .put("path", "token");
        ObjectNode root = sources.addObject().putObject("configMap").put("name", "kube-root-ca.crt");
        root.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
        sources.addObject()
                .putObject("downwardAPI")
                .putArray("items")
                .addObject()
                .put("path", "namespace")
                .putObject("fieldRef")
                .put("apiVersion", "v1")
                .put("fieldPath", "metadata.namespace");
        return volume;
    }

    private String suffix() {
        StringBuilder suffix = new StringBuilder(SUFFIX_LENGTH);
        random.ints(SUFFIX_LENGTH, 0, SUFFIX_LETTERS.length()).forEach(i -> suffix.append(SUFFIX_LETTERS.charAt(i)));
        return suffix.toString();
    }
}
