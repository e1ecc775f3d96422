package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What pods may read under an account that lists it: secrets in volumes and variables, and those that images are fetched with. See "Enforced secret
 * access" of the Kubernetes page "Configure Service Accounts for Pods"; it is deprecated and still counts.
 */
final class MountableSecrets {

    private static final String ENFORCED = "kubernetes.io/enforce-mountable-secrets";

    /** What Go takes for true. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

    private final String account;
    private final Set<String> secrets;
    private final Set<String> pullSecrets;

    private MountableSecrets(JsonNode account) {
        this.account = KubeObject.name(account);
        this.secrets = names(account.path("secrets"));
        this.pullSecrets = names(account.path("imagePullSecrets"));
    }

    /** The account's rules, if it has some. */
    static Optional<MountableSecrets> of(JsonNode account) {
        return TRUE.contains(KubeObject.annotations(account).getOrDefault(ENFORCED, ""))
                ? Optional.of(new MountableSecrets(account))
                : Optional.empty();
    }

    private static Set<String> names(JsonNode references) {
        return references
                .valueStream()
                .map(each -> each.path("name").asString(""))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Why a new pod is refused. */
    Optional<String> refusal(JsonNode spec) {
        return Stream.of(
                        spec.path("volumes").valueStream().flatMap(volume -> ofVolume(volume).stream()),
                        spec.path("initContainers").valueStream().flatMap(each -> ofContainer("init container", each)),
                        spec.path("containers").valueStream().flatMap(each -> ofContainer("container", each)),
                        ofPullSecrets(spec.path("imagePullSecrets")))
                .flatMap(each -> each)
                .findFirst();
    }

    /** Why containers that are added later are refused. */
    Optional<String> refusalOfEphemeral(JsonNode spec) {
        return spec.path("ephemeralContainers")
                .valueStream()
                .flatMap(each -> ofContainer("ephemeral container", each))
                .findFirst();
    }

    private Optional<String> ofVolume(JsonNode volume) {
        return volume.has("secret")
                ? refused(secrets, volume.path("secret").path("secretName"), "volume with secret.secretName", "secret")
                : Optional.empty();
    }

    private Stream<String> ofContainer(String kind, JsonNode container) {
        String who = kind + " " + container.path("name").asString("");
        Stream<String> single = container
                .path("env")
                .valueStream()
                .filter(each -> each.path("valueFrom").has("secretKeyRef"))
                .flatMap(each -> refused(
                        secrets,
                        each.path("valueFrom").path("secretKeyRef").path("name"),
                        who + " with envVar " + each.path("name").asString("") + " referencing secret.secretName",
                        "secret")
                        .stream());
        Stream<String> whole = container
                .path("envFrom")
                .valueStream()
                .filter(each -> each.has("secretRef"))
                .flatMap(each -> refused(
                        secrets,
                        each.path("secretRef").path("name"),
                        who + " with envFrom referencing secret.secretName",
                        "secret")
                        .stream());
        return Stream.concat(single, whole);
    }

    private Stream<String> ofPullSecrets(JsonNode references) {
        List<JsonNode> all = references.valueStream().toList();
        return Stream.iterate(0, i -> i < all.size(), i -> i + 1)
                .flatMap(
                        i -> refused(
                                pullSecrets,
                                all.get(i).path("name"),
                                "imagePullSecrets[" + i + "].name",
                                "imagePullSecret")
                                .stream());
    }

    private Optional<String> refused(Set<String> allowed, JsonNode name, String where, String what) {
        String wanted = name.asString("");
        return allowed.contains(wanted)
                ? Optional.empty()
                : Optional.of(where + "=\"" + wanted + "\" is not allowed because service account " + account
                        + " does not reference that " + what);
    }
}
