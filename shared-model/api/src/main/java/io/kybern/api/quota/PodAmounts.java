package io.kybern.api.quota;

import io.kybern.api.KubeObject;
import io.kybern.api.Quantity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What a pod counts for: itself, and while it can still run what its containers ask for together. */
public final class PodAmounts {

    private static final List<String> COMPUTE = List.of("cpu", "memory", "ephemeral-storage");
    private static final String HUGE_PAGES = "hugepages-";
    private static final String REQUESTS = "requests.";
    private static final String LIMITS = "limits.";

    /** What each container must say if a quota speaks of it. */
    private static final Set<String> TO_BE_SAID =
            Set.of("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");

    private PodAmounts() {}

    /** Whether a quota can limit this resource of pods. */
    static boolean covers(String name) {
        if (name.equals("pods") || name.equals("count/pods")) {
            return true;
        }
        String bare = name.startsWith(REQUESTS) ? name.substring(REQUESTS.length()) : name;
        if (COMPUTE.contains(bare) || bare.startsWith(HUGE_PAGES)) {
            return true;
        }
        boolean limit = name.startsWith(LIMITS) && COMPUTE.contains(name.substring(LIMITS.length()));
        return limit || name.startsWith(REQUESTS) && isExtended(bare);
    }

    private static boolean isExtended(String name) {
        return name.contains("/") && !name.contains("kubernetes.io/");
    }

    static Amounts of(JsonNode pod, Instant now) {
        TreeMap<String, Quantity> amounts = new TreeMap<>();
        amounts.put("count/pods", Quantity.of(1));
        if (canRun(pod, now)) {
            amounts.put("pods", Quantity.of(1));
            JsonNode spec = pod.path("spec");
            amounts.putAll(named(together(spec, "requests"), together(spec, "limits")));
        }
        return Amounts.of(amounts);
    }

    /** A pod that ended, or should have by now and is stuck, takes nothing from others. */
    private static boolean canRun(JsonNode pod, Instant now) {
        String phase = pod.path("status").path("phase").asString("");
        if (phase.equals("Succeeded") || phase.equals("Failed")) {
            return false;
        }
        JsonNode grace = pod.path("metadata").path("deletionGracePeriodSeconds");
        boolean overdue = grace.isNumber()
                && KubeObject.deletionTimestamp(pod)
                        .map(since -> now.isAfter(since.plusSeconds(grace.asLong())))
                        .orElse(false);
        return !overdue;
    }

    private static Map<String, Quantity> named(Amounts requests, Amounts limits) {
        TreeMap<String, Quantity> named = new TreeMap<>();
        requests.byName().forEach((name, amount) -> {
            if (COMPUTE.contains(name) || name.startsWith(HUGE_PAGES)) {
                named.put(name, amount);
                named.put(REQUESTS + name, amount);
            } else if (isExtended(name)) {
                named.put(REQUESTS + name, amount);
            }
        });
        limits.byName().forEach((name, amount) -> {
            if (COMPUTE.contains(name)) {
                named.put(LIMITS + name, amount);
            }
        });
        return named;
    }

    /**
     * What a pod needs at its most demanding moment: all its containers with the sidecars, or one step of its start with the
     * sidecars that run by then; what the pod says of itself as a whole goes first. Its overhead is not in it.
     *
     * @param list {@code requests} or {@code limits}
     */
    public static Amounts ofContainers(JsonNode spec, String list) {
        Amounts running = Amounts.NONE;
        for (JsonNode container : spec.path("containers")) {
            running = running.plus(resources(container, list));
        }
        Amounts sidecars = Amounts.NONE;
        Amounts starting = Amounts.NONE;
        for (JsonNode container : spec.path("initContainers")) {
            Amounts own = resources(container, list);
            if (container.path("restartPolicy").asString("").equals("Always")) {
                sidecars = sidecars.plus(own);
                starting = starting.max(sidecars);
            } else {
                starting = starting.max(sidecars.plus(own));
            }
        }
        Amounts whole = running.plus(sidecars).max(starting);
        TreeMap<String, Quantity> said = new TreeMap<>(whole.byName());
        said.putAll(resources(spec, list).byName());
        return Amounts.of(said);
    }

    /** The same with its overhead. */
    private static Amounts together(JsonNode spec, String list) {
        Amounts said = ofContainers(spec, list);
        Amounts overhead = Amounts.read(spec.path("overhead"));
        // an overhead adds to a limit that there is, it does not make one
        return said.plus(list.equals("limits") ? overhead.only(said.names()) : overhead);
    }

    private static Amounts resources(JsonNode holder, String list) {
        return Amounts.read(holder.path("resources").path(list));
    }

    /** Which of the required resources which containers do not name: {@code cpu for: a,b; memory for: b}; empty if none. */
    static String missing(JsonNode pod, Set<String> required) {
        Set<String> needed = new TreeSet<>(required);
        needed.retainAll(TO_BE_SAID);
        JsonNode spec = pod.path("spec");
        needed.removeAll(
                named(resources(spec, "requests"), resources(spec, "limits")).keySet());
        TreeMap<String, Set<String>> missing = new TreeMap<>();
        List<JsonNode> containers = new ArrayList<>();
        spec.path("containers").forEach(containers::add);
        spec.path("initContainers").forEach(containers::add);
        for (JsonNode container : containers) {
            Set<String> lacking = new TreeSet<>(needed);
            lacking.removeAll(named(resources(container, "requests"), resources(container, "limits"))
                    .keySet());
            lacking.forEach(name -> missing.computeIfAbsent(name, none -> new TreeSet<>())
                    .add(container.path("name").asString("")));
        }
        return missing.entrySet().stream()
                .map(each -> each.getKey() + " for: " + String.join(",", each.getValue()))
                .collect(Collectors.joining("; "));
    }

    /** Whether no container asks for any CPU or memory, nor the pod as a whole. */
    static boolean isBestEffort(JsonNode spec) {
        List<JsonNode> holders = new ArrayList<>(List.of(spec));
        spec.path("containers").forEach(holders::add);
        spec.path("initContainers").forEach(holders::add);
        return holders.stream()
                .allMatch(holder -> asksForNothing(holder, "requests") && asksForNothing(holder, "limits"));
    }

    private static boolean asksForNothing(JsonNode holder, String list) {
        Amounts amounts = resources(holder, list);
        return amounts.get("cpu").signum() <= 0 && amounts.get("memory").signum() <= 0;
    }
}
