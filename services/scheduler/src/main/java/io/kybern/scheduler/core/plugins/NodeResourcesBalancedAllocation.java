package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Resources;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;

/**
 * Likes nodes whose CPU and memory would be used up at the same pace.
 *
 * <p><b>Goals.</b> Leave no node with much memory and no CPU, or the reverse. <b>Constraints.</b> Says nothing on pods
 * without requests. <b>Algorithm.</b> The standard deviation of the used shares of CPU and memory, which for two values
 * is half their difference; the score is 100 less 100 times that. <b>Example.</b> 80 % of the CPU and 40 % of the memory
 * used with the pod: deviation 0.2, score 80.
 */
public final class NodeResourcesBalancedAllocation implements ScorePlugin {

    @Override
    public String name() {
        return "NodeResourcesBalancedAllocation";
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        Resources wanted = pod.requests().actual();
        return wanted.milliCpu() > 0 || wanted.memoryBytes() > 0;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        Resources wanted = pod.requests().actual();
        Resources taken = node.requested();
        Resources offered = node.allocatable();
        if (offered.milliCpu() <= 0 || offered.memoryBytes() <= 0) {
            return MAX_SCORE;
        }
        double cpu = share(taken.milliCpu() + wanted.milliCpu(), offered.milliCpu());
        double memory = share(taken.memoryBytes() + wanted.memoryBytes(), offered.memoryBytes());
        return (long) ((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
    }

    private static double share(long taken, long offered) {
        return Math.min(1, (double) taken / offered);
    }
}
