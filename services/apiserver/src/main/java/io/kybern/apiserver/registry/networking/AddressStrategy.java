package io.kybern.apiserver.registry.networking;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * IPAddresses: the name is the address, and whose it is never changes. See <a
 * href="https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects">IPAddress objects</a>.
 */
public final class AddressStrategy extends GenericStrategy {

    private static final FieldPath PARENT = FieldPath.of("spec", "parentRef");
    private static final List<String> PARTS = List.of("group", "resource", "namespace", "name");

    /** The addresses of the API. */
    public AddressStrategy(ResourceType type, TableShape table) {
        super(type, table, NameRule.ADDRESS);
    }

    @Override
    protected void validate(ObjectNode address, List<FieldError> errors) {
        JsonNode parent = address.path("spec").path("parentRef");
        if (!parent.isObject()) {
            errors.add(FieldError.required(PARENT, ""));
            return;
        }
        String group = parent.path("group").asString("");
        if (!group.isEmpty()) {
            Names.dns1123Subdomain(group)
                    .forEach(fault -> errors.add(FieldError.invalid(PARENT.child("group"), group, fault)));
        }
        for (String part : List.of("resource", "name", "namespace")) {
            String value = parent.path(part).asString("");
            if (value.isEmpty() && !part.equals("namespace")) {
                errors.add(FieldError.required(PARENT.child(part), ""));
            }
            NameRule.pathSegment(value)
                    .forEach(fault -> errors.add(FieldError.invalid(PARENT.child(part), value, fault)));
        }
    }

    @Override
    protected void validateChange(ObjectNode address, ObjectNode old, List<FieldError> errors) {
        validate(address, errors);
        JsonNode now = address.path("spec").path("parentRef");
        JsonNode before = old.path("spec").path("parentRef");
        // clients leave out the empty name of the core group, or do not
        if (!PARTS.stream()
                .allMatch(part ->
                        now.path(part).asString("").equals(before.path(part).asString("")))) {
            errors.add(FieldError.invalid(PARENT, now, "field is immutable"));
        }
    }
}
