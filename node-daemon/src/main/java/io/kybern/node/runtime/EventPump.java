package io.kybern.node.runtime;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Hands on what the engine reports of containers, and at the end that there will be no more. */
final class EventPump extends ResultCallback.Adapter<Event> {

    private final Consumer<ContainerChange> onChange;

    EventPump(Consumer<ContainerChange> onChange) {
        this.onChange = onChange;
    }

    @Override
    public void onNext(Event event) {
        var actor = event.getActor();
        if (actor != null && event.getAction() != null) {
            Map<String, String> attributes = actor.getAttributes();
            onChange.accept(new ContainerChange(
                    Objects.requireNonNullElse(actor.getId(), ""),
                    event.getAction(),
                    Objects.requireNonNullElse(attributes, Map.of())));
        }
    }

    @Override
    public void onComplete() {
        super.onComplete();
        onChange.accept(new ContainerChange("", ContainerChange.CLOSED, Map.of()));
    }

    @Override
    public void onError(Throwable failure) {
        super.onError(failure);
        onChange.accept(new ContainerChange("", ContainerChange.CLOSED, Map.of()));
    }
}
