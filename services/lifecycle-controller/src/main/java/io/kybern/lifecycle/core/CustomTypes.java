package io.kybern.lifecycle.core;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The types that definitions add: known to who empties namespaces, and followed by garbage collection while they are served. */
public final class CustomTypes {

    private final Informer<DefinedType> definitions;
    private final AnyObjects objects;
    private final Function<ResourceType, AnyObjects.Entry> follow;
    private final Consumer<ResourceType> leave;
    private final Map<ObjectKey, AnyObjects.Entry> followed = new HashMap<>();

    /**
     * @param follow begins to follow the objects of a type; they are added to the others before their cache fills
     * @param leave ends that
     */
    public CustomTypes(
            Informer<DefinedType> definitions,
            AnyObjects objects,
            Function<ResourceType, AnyObjects.Entry> follow,
            Consumer<ResourceType> leave) {
        this.definitions = definitions;
        this.objects = objects;
        this.follow = follow;
        this.leave = leave;
    }

    /** The types that are served now. */
    public List<ResourceType> served() {
        List<ResourceType> served = new ArrayList<>();
        definitions.list().forEach(each -> each.served().ifPresent(served::add));
        return served;
    }

    /** Takes in a change of a definition. */
    public synchronized void changed(ObjectChange<DefinedType> change) {
        DefinedType after = change.after();
        Optional<ResourceType> type = after == null ? Optional.empty() : after.served();
        AnyObjects.Entry known = followed.get(change.key());
        boolean same = known != null && type.map(known.type()::equals).orElse(false);
        if (same) {
            return;
        }
        if (known != null) {
            followed.remove(change.key());
            objects.remove(known);
            leave.accept(known.type());
        }
        if (type.isPresent()) {
            AnyObjects.Entry entry = follow.apply(type.get());
            followed.put(change.key(), entry);
            objects.add(entry);
        }
    }
}
