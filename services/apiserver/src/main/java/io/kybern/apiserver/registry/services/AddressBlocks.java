package io.kybern.apiserver.registry.services;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * The blocks that cluster IPs are taken from: the configured one, and those of all ServiceCIDRs that are ready. See "Extend Service
 * IP Ranges" (KEP-1880).
 */
final class AddressBlocks {

    private static final GroupResource RANGES = new GroupResource("networking.k8s.io", "servicecidrs");

    private final AddressBlock configured;
    private final Function<RevisionRequest, List<JsonNode>> ranges;

    /** @param ranges answers the ServiceCIDRs, as fresh as asked for */
    AddressBlocks(AddressBlock configured, Function<RevisionRequest, List<JsonNode>> ranges) {
        this.configured = configured;
        this.ranges = ranges;
    }

    /** @param cache is there when the first Service is written, not before */
    static AddressBlocks of(AddressBlock configured, Supplier<? extends WatchCache> cache) {
        return new AddressBlocks(configured, wanted -> {
            List<JsonNode> trees = new ArrayList<>();
            cache.get().snapshot(RANGES, wanted).join().range("", null).forEach(range -> trees.add(range.tree()));
            return trees;
        });
    }

    /** All blocks, the configured one first. */
    List<AddressBlock> all() {
        return read(RevisionRequest.any());
    }

    /** Whether some block has the address; a block that was made only just now counts. */
    boolean contain(String address) {
        return has(List.of(configured), address) || has(all(), address) || has(read(RevisionRequest.latest()), address);
    }

    private static boolean has(List<AddressBlock> blocks, String address) {
        return Values.address(address)
                .filter(parsed -> blocks.stream().anyMatch(block -> block.contains(parsed)))
                .isPresent();
    }

    private List<AddressBlock> read(RevisionRequest wanted) {
        Set<AddressBlock> blocks = new LinkedHashSet<>();
        blocks.add(configured);
        for (JsonNode range : ranges.apply(wanted)) {
            if (isReady(range) && !KubeObject.isBeingDeleted(range)) {
                range.path("spec").path("cidrs").forEach(cidr -> AddressBlock.read(cidr.asString(""))
                        .ifPresent(blocks::add));
            }
        }
        return List.copyOf(blocks);
    }

    /** One of which nothing was said yet counts as ready, in case the controller is away. */
    private static boolean isReady(JsonNode range) {
        for (JsonNode condition : range.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                return condition.path("status").asString("").equals("True");
            }
        }
        return true;
    }
}
