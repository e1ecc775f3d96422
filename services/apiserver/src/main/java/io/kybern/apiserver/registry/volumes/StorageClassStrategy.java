package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** StorageClasses: what they mean never changes. */
public final class StorageClassStrategy extends GenericStrategy {

    private static final FieldPath ROOT = FieldPath.root();
    private static final List<String> BINDING = List.of("Immediate", "WaitForFirstConsumer");

    /** The storage classes of the API. */
    public StorageClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode storageClass) {
        Absent.text(storageClass, "reclaimPolicy", "Delete");
        Absent.text(storageClass, "volumeBindingMode", "Immediate");
    }

    @Override
    protected void validate(ObjectNode storageClass, List<FieldError> errors) {
        String provisioner = storageClass.path("provisioner").asString("");
        FieldPath field = FieldPath.of("provisioner");
        if (provisioner.isEmpty()) {
            errors.add(FieldError.required(field, provisioner));
        } else {
            Names.qualifiedName(provisioner.toLowerCase(Locale.ROOT))
                    .forEach(fault -> errors.add(FieldError.invalid(field, provisioner, fault)));
        }
        Values.oneOf(storageClass, "reclaimPolicy", ROOT, List.of("Delete", "Retain"), false, errors);
        Values.oneOf(storageClass, "volumeBindingMode", ROOT, BINDING, true, errors);
    }

    @Override
    protected void validateChange(ObjectNode storageClass, ObjectNode old, List<FieldError> errors) {
        validate(storageClass, errors);
        for (String fixed : List.of("parameters", "provisioner", "reclaimPolicy")) {
            if (!storageClass.path(fixed).equals(old.path(fixed))) {
                errors.add(FieldError.forbidden(FieldPath.of(fixed), "updates to " + fixed + " are forbidden."));
            }
        }
        Values.immutable(
                storageClass.path("volumeBindingMode"),
                old.path("volumeBindingMode"),
                FieldPath.of("volumeBindingMode"),
                errors);
    }
}
