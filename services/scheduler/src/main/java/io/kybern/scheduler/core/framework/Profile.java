package io.kybern.scheduler.core.framework;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A scheduler name and the plugins that place the pods which name it, each extension point in the order of adding. */
public final class Profile {

    private final String schedulerName;
    private final QueueSortPlugin queueSort;
    private final List<PreFilterPlugin> preFilters;
    private final List<FilterPlugin> filters;
    private final List<PostFilterPlugin> postFilters;
    private final List<Weighted> scorers;
    private final List<ReservePlugin> reservers;
    private final List<PreBindPlugin> preBinders;
    private final BindPlugin binder;
    private final Map<String, HintPlugin> hints;

    private Profile(Builder builder) {
        this.schedulerName = builder.schedulerName;
        this.queueSort = Objects.requireNonNull(builder.queueSort, "a profile needs a QueueSort plugin");
        this.binder = Objects.requireNonNull(builder.binder, "a profile needs a Bind plugin");
        this.preFilters = List.copyOf(builder.preFilters);
        this.filters = List.copyOf(builder.filters);
        this.postFilters = List.copyOf(builder.postFilters);
        this.scorers = List.copyOf(builder.scorers);
        this.reservers = List.copyOf(builder.reservers);
        this.preBinders = List.copyOf(builder.preBinders);
        this.hints = Map.copyOf(builder.hints);
    }

    /** Starts a profile for pods with this {@code schedulerName}. */
    public static Builder named(String schedulerName) {
        return new Builder(schedulerName);
    }

    /** The name that pods give to be placed by this profile. */
    public String schedulerName() {
        return schedulerName;
    }

    /** The order of waiting pods. */
    public QueueSortPlugin queueSort() {
        return queueSort;
    }

    /** How pods are bound. */
    public BindPlugin binder() {
        return binder;
    }

    /** What claims resources before a pod is bound. */
    public List<ReservePlugin> reservers() {
        return reservers;
    }

    /** What has to be done before a pod is bound. */
    public List<PreBindPlugin> preBinders() {
        return preBinders;
    }

    /** The hints of the plugin of that name, null if it gives none and every event may help. */
    public @Nullable HintPlugin hints(String plugin) {
        return hints.get(plugin);
    }

    List<PreFilterPlugin> preFilters() {
        return preFilters;
    }

    List<FilterPlugin> filters() {
        return filters;
    }

    List<PostFilterPlugin> postFilters() {
        return postFilters;
    }

    List<Weighted> scorers() {
        return scorers;
    }

    record Weighted(ScorePlugin plugin, int weight) {}

    /** Collects plugins; each takes part at every extension point whose interface it implements. */
    public static final class Builder {
        private final String schedulerName;
        private final List<PreFilterPlugin> preFilters = new ArrayList<>();
        private final List<FilterPlugin> filters = new ArrayList<>();
        private final List<PostFilterPlugin> postFilters = new ArrayList<>();
        private final List<Weighted> scorers = new ArrayList<>();
        private final List<ReservePlugin> reservers = new ArrayList<>();
        private final List<PreBindPlugin> preBinders = new ArrayList<>();
        private final Map<String, HintPlugin> hints = new HashMap<>();
        private @Nullable QueueSortPlugin queueSort;
        private @Nullable BindPlugin binder;

        private Builder(String schedulerName) {
            this.schedulerName = schedulerName;
        }

        /** Adds a plugin; its scores, if any, count once. */
        public Builder with(Plugin plugin) {
            return with(plugin, 1);
        }

        /** Adds a plugin whose scores count so many times. */
        public Builder with(Plugin plugin, int weight) {
            if (plugin instanceof QueueSortPlugin sort) {
                queueSort = sort;
            }
            if (plugin instanceof BindPlugin bind) {
                binder = bind;
            }
            if (plugin instanceof PreFilterPlugin preFilter) {
                preFilters.add(preFilter);
            }
            if (plugin instanceof FilterPlugin filter) {
                filters.add(filter);
            }
            if (plugin instanceof PostFilterPlugin postFilter) {
                postFilters.add(postFilter);
            }
            if (plugin instanceof ScorePlugin scorer) {
                scorers.add(new Weighted(scorer, weight));
            }
            if (plugin instanceof ReservePlugin reserver) {
                reservers.add(reserver);
            }
            if (plugin instanceof PreBindPlugin preBinder) {
                preBinders.add(preBinder);
            }
            if (plugin instanceof HintPlugin hint) {
                hints.put(plugin.name(), hint);
            }
            return this;
        }

        /** The profile. */
        public Profile build() {
            return new Profile(this);
        }
    }
}
