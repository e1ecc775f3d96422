package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.pod;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.PreBindPlugin;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.framework.SchedulingCycle.Placement;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.plugins.PrioritySort;
import io.kybern.testing.MutableClock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PodBindingsTest {

    private final List<String> told = new ArrayList<>();
    private final Step first = new Step("First");
    private final Step second = new Step("Second");
    private final MutableClock clock = new MutableClock();

    private final PodBindings bindings = new PodBindings(
            Profile.named("default-scheduler")
                    .with(new PrioritySort())
                    .with(first)
                    .with(second)
                    .with(new Binder())
                    .build(),
            Runnable::run,
            Runnable::run,
            clock,
            new Results());

    private void start() {
        PodInfo pod = PodInfo.of(pod("p"));
        bindings.start(
                new Attempt(pod, new Placement.Placed("a", new CycleState()), clock.instant(), 1, clock.instant()));
    }

    @Test
    void aStepThatIsDoneIsNotAskedAgain() {
        start();
        first.progress = new PreBindPlugin.Progress.Done();
        bindings.review();
        bindings.review();
        assertThat(first.asked).isEqualTo(2);
        assertThat(second.asked).isEqualTo(2);

        second.progress = new PreBindPlugin.Progress.Done();
        bindings.review();

        assertThat(first.asked).isEqualTo(2);
        assertThat(told).containsExactly("bound to a");
    }

    @Test
    void theStepThatTookTooLongIsNamed() {
        start();
        first.progress = new PreBindPlugin.Progress.Done();
        bindings.review();
        clock.advance(PodBindings.LONGEST_WAIT);
        bindings.giveUpLateOnes();

        assertThat(told).containsExactly("running PreBind plugin \"Second\": context deadline exceeded");
    }

    @Test
    void whatWaitsIsDroppedWhenTheSchedulerRetires() {
        start();
        bindings.retire();
        first.progress = new PreBindPlugin.Progress.Done();
        second.progress = new PreBindPlugin.Progress.Done();
        bindings.review();
        assertThat(told).containsExactly("dropped");
        assertThat(bindings.nextDue()).isEmpty();

        start();
        assertThat(told).containsExactly("dropped", "bound to a");
    }

    private static final class Step implements PreBindPlugin {
        private final String name;
        private Progress progress = new Progress.Waiting();
        private int asked;

        private Step(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Await preBind(CycleState state, PodInfo pod, String node) {
            return () -> {
                asked++;
                return progress;
            };
        }
    }

    private static final class Binder implements BindPlugin {
        @Override
        public String name() {
            return "Binder";
        }

        @Override
        public void bind(PodInfo pod, String node) {}
    }

    private final class Results implements PodBindings.Results {
        @Override
        public boolean isAssumed(Attempt attempt) {
            return true;
        }

        @Override
        public void bound(Attempt attempt) {
            told.add("bound to " + attempt.node());
        }

        @Override
        public void notBound(Attempt attempt, String message, @Nullable Exception cause) {
            told.add(message);
        }

        @Override
        public void dropped(Attempt attempt) {
            told.add("dropped");
        }
    }
}
