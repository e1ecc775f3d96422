package io.kybern.apiserver.registry.services;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** EndpointSlices. */
public final class EndpointSliceStrategy extends GenericStrategy {

    private static final int MAX_ENDPOINTS = 1000;
    private static final int MAX_PORTS = 20000;
    private static final int MAX_ADDRESSES = 100;
    private static final List<String> ADDRESS_TYPES = List.of("FQDN", "IPv4", "IPv6");

    /** The endpoint slices of the API. */
    public EndpointSliceStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode slice) {
        if (!slice.has("endpoints")) {
            slice.putArray("endpoints");
        }
        if (!slice.has("ports")) {
            slice.putArray("ports");
        }
        Absent.each(slice.path("ports"), port -> {
            Absent.text(port, "name", "");
            Absent.text(port, "protocol", "TCP");
        });
    }

    @Override
    protected void validate(ObjectNode slice, List<FieldError> errors) {
        Values.oneOf(slice, "addressType", FieldPath.root(), ADDRESS_TYPES, true, errors);
        String addressType = slice.path("addressType").asString("");
        FieldPath endpoints = FieldPath.of("endpoints");
        if (slice.path("endpoints").size() > MAX_ENDPOINTS) {
            errors.add(FieldError.tooMany(endpoints, slice.path("endpoints").size(), MAX_ENDPOINTS));
            return;
        }
        int index = 0;
        for (JsonNode endpoint : slice.path("endpoints")) {
            endpoint(endpoint, addressType, endpoints.index(index++), errors);
        }
        ports(slice.path("ports"), FieldPath.of("ports"), errors);
    }

    private static void endpoint(JsonNode endpoint, String addressType, FieldPath field, List<FieldError> errors) {
        JsonNode addresses = endpoint.path("addresses");
        FieldPath list = field.child("addresses");
        if (addresses.isEmpty()) {
            errors.add(FieldError.required(list, "must contain at least 1 address"));
        } else if (addresses.size() > MAX_ADDRESSES) {
            errors.add(FieldError.tooMany(list, addresses.size(), MAX_ADDRESSES));
        }
        int index = 0;
        for (JsonNode address : addresses) {
            FieldPath each = list.index(index++);
            if (addressType.equals("FQDN")) {
                Names.dns1123Subdomain(address.asString(""))
                        .forEach(fault -> errors.add(FieldError.invalid(each, address, fault)));
            } else {
                EndpointAddresses.check(address.asString(""), each, errors);
            }
        }
        Values.label(endpoint, "hostname", field, errors);
        Values.subdomain(endpoint, "nodeName", field, errors);
    }

    private static void ports(JsonNode ports, FieldPath field, List<FieldError> errors) {
        if (ports.size() > MAX_PORTS) {
            errors.add(FieldError.tooMany(field, ports.size(), MAX_PORTS));
            return;
        }
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode port : ports) {
            FieldPath each = field.index(index++);
            String name = port.path("name").asString("");
            if (!name.isEmpty()) {
                Names.dns1123Label(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            }
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(each.child("name"), name));
            }
            Values.oneOf(port, "protocol", each, List.of("SCTP", "TCP", "UDP"), true, errors);
        }
    }

    @Override
    protected void validateChange(ObjectNode slice, ObjectNode old, List<FieldError> errors) {
        validate(slice, errors);
        if (!slice.path("addressType").equals(old.path("addressType"))) {
            errors.add(
                    FieldError.invalid(FieldPath.of("addressType"), slice.path("addressType"), "field is immutable"));
        }
    }
}
