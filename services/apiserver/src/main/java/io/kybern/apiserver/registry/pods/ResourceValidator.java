package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Checks what a container, or a pod as a whole, requests and is limited to. */
final class ResourceValidator {

    private static final Set<String> OF_CONTAINERS = Set.of("cpu", "memory", "ephemeral-storage");

    /** What quotas count as well as what containers have. */
    private static final Set<String> STANDARD = Set.of(
            "cpu",
            "memory",
            "ephemeral-storage",
            "requests.cpu",
            "requests.memory",
            "requests.ephemeral-storage",
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage",
            "pods",
            "resourcequotas",
            "services",
            "replicationcontrollers",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "storage",
            "requests.storage",
            "services.nodeports",
            "services.loadbalancers");

    private static final String HUGE_PAGES = "hugepages-";
    private static final List<String> RESIZABLE = List.of("cpu", "memory");
    private static final List<String> RESIZE_POLICIES = List.of("NotRequired", "RestartContainer");

    private ResourceValidator() {}

    /** Checks the name of a resource. */
    @FunctionalInterface
    private interface NameCheck {
        void check(String name, FieldPath field, List<FieldError> errors);
    }

    /** @param claims the claims of the pod */
    static void resources(JsonNode resources, Set<String> claims, FieldPath field, List<FieldError> errors) {
        check(resources, field, ResourceValidator::name, errors);
        ResourceClaimValidator.ofContainer(resources.path("claims"), claims, field.child("claims"), errors);
    }

    /** Those of a pod, which are fewer. */
    static void wholeResources(JsonNode resources, FieldPath field, List<FieldError> errors) {
        check(resources, field, ResourceValidator::nameOfPods, errors);
    }

    /** What running a pod costs besides its containers, which is checked as their limits are. */
    static void overhead(JsonNode overhead, FieldPath field, List<FieldError> errors) {
        JsonNode resources = JsonNodeFactory.instance.objectNode().set("limits", overhead);
        resources(resources, Set.of(), field, errors);
    }

    private static void check(JsonNode resources, FieldPath field, NameCheck names, List<FieldError> errors) {
        JsonNode limits = resources.path("limits");
        JsonNode requests = resources.path("requests");
        amounts(limits, field.child("limits"), names, errors);
        for (Map.Entry<String, JsonNode> request : requests.properties()) {
            String name = request.getKey();
            FieldPath path = field.child("requests").key(name);
            Optional<Quantity> requested = Values.quantity(request.getValue());
            names.check(name, path, errors);
            requested.ifPresent(quantity -> amount(name, quantity, path, errors));
            requested.ifPresent(quantity -> compare(name, quantity, Values.quantity(limits.path(name)), field, errors));
            requested.ifPresent(quantity -> pages(name, quantity, path, errors));
        }
        if (has(limits, HUGE_PAGES) || has(requests, HUGE_PAGES)) {
            if (RESIZABLE.stream().noneMatch(name -> limits.has(name) || requests.has(name))) {
                errors.add(FieldError.forbidden(field, "HugePages require cpu or memory"));
            }
        }
    }

    private static boolean has(JsonNode amounts, String prefix) {
        return amounts.properties().stream().anyMatch(amount -> amount.getKey().startsWith(prefix));
    }

    private static void compare(
            String name, Quantity requested, Optional<Quantity> limit, FieldPath field, List<FieldError> errors) {
        boolean overcommits = isNative(name) && !isHugePages(name);
        if (limit.isEmpty()) {
            if (!overcommits) {
                errors.add(FieldError.required(
                        field.child("limits"), "Limit must be set for non overcommitable resources"));
            }
            return;
        }
        String text = requested.canonical();
        if (!overcommits && requested.compareTo(limit.get()) != 0) {
            errors.add(FieldError.invalid(
                    field.child("requests"),
                    text,
                    "must be equal to %s limit of %s"
                            .formatted(name, limit.get().canonical())));
        } else if (requested.compareTo(limit.get()) > 0) {
            errors.add(FieldError.invalid(
                    field.child("requests"),
                    text,
                    "must be less than or equal to %s limit of %s"
                            .formatted(name, limit.get().canonical())));
        }
    }

    private static void amounts(JsonNode amounts, FieldPath field, NameCheck names, List<FieldError> errors) {
        for (Map.Entry<String, JsonNode> amount : amounts.properties()) {
            String name = amount.getKey();
            FieldPath path = field.key(name);
            names.check(name, path, errors);
            Values.quantity(amount.getValue()).ifPresent(quantity -> {
                amount(name, quantity, path, errors);
                pages(name, quantity, path, errors);
            });
        }
    }

    private static boolean standard(String name, FieldPath field, List<FieldError> errors) {
        List<String> faults = Names.qualifiedName(name);
        faults.forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
        if (faults.isEmpty() && !name.contains("/") && !STANDARD.contains(name) && !isHugePages(name)) {
            errors.add(FieldError.invalid(field, name, "must be a standard resource type or fully qualified"));
            return false;
        }
        return faults.isEmpty();
    }

    private static void name(String name, FieldPath field, List<FieldError> errors) {
        standard(name, field, errors);
        if (!name.contains("/")) {
            if (!OF_CONTAINERS.contains(name) && !isHugePages(name)) {
                errors.add(FieldError.invalid(field, name, "must be a standard resource for containers"));
            }
        } else if (!isNative(name) && !isExtended(name)) {
            errors.add(FieldError.invalid(field, name, "doesn't follow extended resource name standard"));
        }
    }

    private static void nameOfPods(String name, FieldPath field, List<FieldError> errors) {
        if (standard(name, field, errors) && !ofPods(name)) {
            errors.add(FieldError.notSupported(field, name, List.of("cpu", HUGE_PAGES, "memory")));
        }
    }

    /** Whether a pod may ask for this resource as a whole. */
    static boolean ofPods(String name) {
        return name.equals("cpu") || name.equals("memory") || isHugePages(name);
    }

    private static boolean isNative(String name) {
        return !name.contains("/") || name.contains("kubernetes.io/");
    }

    /** Whether a resource is one that no Kubernetes knows; a quota must be able to name it. */
    private static boolean isExtended(String name) {
        return !name.startsWith("requests.")
                && Names.qualifiedName("requests." + name).isEmpty();
    }

    private static void amount(String name, Quantity quantity, FieldPath field, List<FieldError> errors) {
        if (quantity.signum() < 0) {
            errors.add(FieldError.invalid(field, quantity.canonical(), Values.NOT_NEGATIVE));
        }
        if (!isNative(name)
                && isExtended(name)
                && quantity.value().remainder(BigDecimal.ONE).signum() != 0) {
            errors.add(FieldError.invalid(field, quantity.canonical(), "must be an integer"));
        }
    }

    private static void pages(String name, Quantity quantity, FieldPath field, List<FieldError> errors) {
        if (isHugePages(name) && !isWholePages(name.substring(HUGE_PAGES.length()), quantity)) {
            errors.add(FieldError.invalid(
                    field,
                    quantity.canonical(),
                    "%s is not positive integer multiple of %s".formatted(quantity.canonical(), name)));
        }
    }

    private static boolean isWholePages(String page, Quantity quantity) {
        try {
            BigDecimal size = Quantity.parse(page).value();
            return size.signum() > 0
                    && size.remainder(BigDecimal.ONE).signum() == 0
                    && quantity.value().remainder(size).signum() == 0;
        } catch (QuantityFormatException e) {
            return false;
        }
    }

    private static boolean isHugePages(String name) {
        return name.startsWith(HUGE_PAGES);
    }

    /** @param podPolicy when containers of the pod are started again */
    static void resizePolicy(JsonNode policies, String podPolicy, FieldPath field, List<FieldError> errors) {
        Set<String> resources = new HashSet<>();
        for (int i = 0; i < policies.size(); i++) {
            String resource = policies.get(i).path("resourceName").asString("");
            String policy = policies.get(i).path("restartPolicy").asString("");
            if (!resources.add(resource)) {
                errors.add(FieldError.duplicate(field.index(i), resource));
            }
            oneOf(resource, RESIZABLE, field, errors);
            oneOf(policy, RESIZE_POLICIES, field, errors);
            if (podPolicy.equals("Never") && !policy.equals("NotRequired")) {
                errors.add(
                        FieldError.invalid(field, policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
            }
        }
    }

    private static void oneOf(String value, List<String> values, FieldPath field, List<FieldError> errors) {
        if (value.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else if (!values.contains(value)) {
            errors.add(FieldError.notSupported(field, value, values));
        }
    }
}
