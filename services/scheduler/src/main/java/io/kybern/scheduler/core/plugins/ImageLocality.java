package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;

/**
 * Likes nodes that have the pod's images already.
 *
 * <p><b>Goals.</b> Spare downloads. <b>Constraints.</b> Must not draw all pods to the one node that has an image, so an
 * image counts by the share of nodes that have it. <b>Algorithm.</b> The sum of the present images' bytes times their
 * share of nodes, mapped from 23 MB..1000 MB per container to 0..100 (Kubernetes' bounds). <b>Example.</b> One container,
 * a 512 MB image on half of the nodes: 256 MB count, the score is 24.
 */
public final class ImageLocality implements ScorePlugin {

    /** Below this an image is small enough not to matter: 23 MB as in Kubernetes, which is a small base image. */
    private static final long MIN_BYTES = 23L * 1024 * 1024;

    /** Above this per container nothing more is gained: 1000 MB as in Kubernetes. */
    private static final long MAX_BYTES_PER_CONTAINER = 1000L * 1024 * 1024;

    @Override
    public String name() {
        return "ImageLocality";
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        List<Wanted> wanted = pod.images().stream()
                .map(image -> image == null ? "" : normalized(image))
                .map(image -> new Wanted(
                        image,
                        (double) snapshot.imageNodes().getOrDefault(image, 0)
                                / snapshot.nodes().size()))
                .filter(image -> image.nodeShare() > 0)
                .toList();
        state.put(Images.class, new Images(wanted, pod.images().size()));
        return !wanted.isEmpty();
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        Images images = state.get(Images.class);
        if (images == null) {
            return 0;
        }
        double sum = 0;
        for (Wanted image : images.wanted()) {
            Long bytes = node.images().get(image.name());
            sum += bytes == null ? 0 : bytes * image.nodeShare();
        }
        long most = MAX_BYTES_PER_CONTAINER * images.containers();
        long counted = Math.clamp((long) sum, MIN_BYTES, most);
        return MAX_SCORE * (counted - MIN_BYTES) / (most - MIN_BYTES);
    }

    private static String normalized(String image) {
        boolean tagged = image.lastIndexOf(':') > image.lastIndexOf('/');
        return tagged ? image : image + ":latest";
    }

    private record Wanted(String name, double nodeShare) {}

    private record Images(List<Wanted> wanted, int containers) {}
}
