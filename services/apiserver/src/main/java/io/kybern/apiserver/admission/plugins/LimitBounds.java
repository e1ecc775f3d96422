package io.kybern.apiserver.admission.plugins;

import io.kybern.api.Quantity;
import io.kybern.api.quota.PodAmounts;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Compares what pods and claims ask for with the bounds of a limit range, in Kubernetes' words. */
final class LimitBounds {

    /** What is asked for, by resource. */
    private record Asked(Map<String, Quantity> requests, Map<String, Quantity> limits) {

        static Asked of(JsonNode resources) {
            return new Asked(amounts(resources.path("requests")), amounts(resources.path("limits")));
        }

        private static Map<String, Quantity> amounts(JsonNode amounts) {
            Map<String, Quantity> read = new TreeMap<>();
            amounts.properties().forEach(each -> Values.quantity(each.getValue())
                    .ifPresent(amount -> read.put(each.getKey(), amount)));
            return read;
        }
    }

    private LimitBounds() {}

    static List<String> ofPod(JsonNode pod, JsonNode range) {
        List<String> faults = new ArrayList<>();
        for (JsonNode limit : range.path("spec").path("limits")) {
            switch (limit.path("type").asString("")) {
                case "Container" -> {
                    for (String list : List.of("containers", "initContainers")) {
                        for (JsonNode container : pod.path("spec").path(list)) {
                            check(limit, Asked.of(container.path("resources")), faults);
                        }
                    }
                }
                case "Pod" -> check(limit, whole(pod), faults);
                default -> {
                    // limits of other types
                }
            }
        }
        return faults;
    }

    private static Asked whole(JsonNode pod) {
        JsonNode spec = pod.path("spec");
        return new Asked(
                PodAmounts.ofContainers(spec, "requests").byName(),
                PodAmounts.ofContainers(spec, "limits").byName());
    }

    static List<String> ofClaim(JsonNode claim, JsonNode range) {
        List<String> faults = new ArrayList<>();
        Asked asked = Asked.of(claim.path("spec").path("resources"));
        for (JsonNode limit : range.path("spec").path("limits")) {
            if (limit.path("type").asString("").equals("PersistentVolumeClaim")) {
                // a claim has requests only: they are compared as what it uses
                check(limit, new Asked(asked.requests(), asked.requests()), faults);
            }
        }
        return faults;
    }

    private static void check(JsonNode limit, Asked asked, List<String> faults) {
        String type = limit.path("type").asString("");
        each(limit.path("min"), (resource, bound) -> smallest(type, resource, bound, asked, faults));
        each(limit.path("max"), (resource, bound) -> largest(type, resource, bound, asked, faults));
        each(limit.path("maxLimitRequestRatio"), (resource, bound) -> ratio(type, resource, bound, asked, faults));
    }

    /** Takes one bound. */
    @FunctionalInterface
    private interface Bound {
        void check(String resource, Quantity bound);
    }

    private static void each(JsonNode bounds, Bound bound) {
        Asked.amounts(bounds).forEach(bound::check);
    }

    private static void smallest(String type, String resource, Quantity bound, Asked asked, List<String> faults) {
        Optional<Quantity> request = Optional.ofNullable(asked.requests().get(resource));
        Optional<Quantity> limit = Optional.ofNullable(asked.limits().get(resource));
        String start = "minimum %s usage per %s is %s".formatted(resource, type, bound.canonical());
        if (request.isEmpty()) {
            faults.add(start + ".  No request is specified");
        } else if (request.get().compareTo(bound) < 0) {
            faults.add(start + ", but request is " + request.get().canonical());
        } else if (limit.isPresent() && limit.get().compareTo(bound) < 0) {
            faults.add(start + ", but limit is " + limit.get().canonical());
        }
    }

    private static void largest(String type, String resource, Quantity bound, Asked asked, List<String> faults) {
        Optional<Quantity> request = Optional.ofNullable(asked.requests().get(resource));
        Optional<Quantity> limit = Optional.ofNullable(asked.limits().get(resource));
        String start = "maximum %s usage per %s is %s".formatted(resource, type, bound.canonical());
        if (limit.isEmpty()) {
            faults.add(start + ".  No limit is specified");
        } else if (limit.get().compareTo(bound) > 0) {
            faults.add(start + ", but limit is " + limit.get().canonical());
        } else if (request.isPresent() && request.get().compareTo(bound) > 0) {
            faults.add(start + ", but request is " + request.get().canonical());
        }
    }

    private static void ratio(String type, String resource, Quantity bound, Asked asked, List<String> faults) {
        Quantity request = asked.requests().getOrDefault(resource, Quantity.ZERO);
        Quantity limit = asked.limits().getOrDefault(resource, Quantity.ZERO);
        String start = "%s max limit to request ratio per %s is %s".formatted(resource, type, bound.canonical());
        if (request.isZero()) {
            faults.add(start + ", but no request is specified or request is 0");
        } else if (limit.isZero()) {
            faults.add(start + ", but no limit is specified or limit is 0");
        } else {
            BigDecimal given = limit.value().divide(request.value(), MathContext.DECIMAL64);
            if (given.compareTo(bound.value()) > 0) {
                faults.add(start + ", but provided ratio is " + String.format(Locale.ROOT, "%.6f", given));
            }
        }
    }
}
