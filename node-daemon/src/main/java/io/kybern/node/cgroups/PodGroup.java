package io.kybern.node.cgroups;

/**
 * The control group of a pod.
 *
 * @param uid the pod's
 * @param tier where it belongs
 * @param limits what all its containers may have together
 */
public record PodGroup(String uid, Tier tier, Limits limits) {

    /** Groups of pods by how well their resources are assured: guaranteed ones are directly below the root of all pods. */
    public enum Tier {
        GUARANTEED(""),
        BURSTABLE("burstable"),
        BEST_EFFORT("besteffort");

        private final String directory;

        Tier(String directory) {
            this.directory = directory;
        }

        String directory() {
            return directory;
        }
    }

    /** What a group may have, in the kernel's units; 0 means as much as there is, but at least 2 shares are always meant. */
    public record Limits(long cpuShares, long cpuQuotaMicros, long memoryBytes) {

        /** What is more of either: neither a container that has less yet nor one that has less already is in the way. */
        Limits withMoreOf(Limits other) {
            return new Limits(
                    Math.max(cpuShares, other.cpuShares),
                    more(cpuQuotaMicros, other.cpuQuotaMicros),
                    more(memoryBytes, other.memoryBytes));
        }

        private static long more(long a, long b) {
            return a == 0 || b == 0 ? 0 : Math.max(a, b);
        }
    }

    /** The name below its tier. */
    String directory() {
        return "pod" + uid;
    }
}
