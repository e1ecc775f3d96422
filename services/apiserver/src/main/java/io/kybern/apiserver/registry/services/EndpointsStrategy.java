package io.kybern.apiserver.registry.services;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints. */
public final class EndpointsStrategy extends GenericStrategy {

    private static final FieldPath SUBSETS = FieldPath.of("subsets");

    /** The endpoints of the API. */
    public EndpointsStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public String deprecation() {
        return "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
    }

    @Override
    public void applyDefaults(ObjectNode endpoints) {
        Absent.each(
                endpoints.path("subsets"),
                subset -> Absent.each(subset.path("ports"), port -> Absent.text(port, "protocol", "TCP")));
    }

    @Override
    protected void validate(ObjectNode endpoints, List<FieldError> errors) {
        int index = 0;
        for (JsonNode subset : endpoints.path("subsets")) {
            FieldPath field = SUBSETS.index(index++);
            if (subset.path("addresses").isEmpty()
                    && subset.path("notReadyAddresses").isEmpty()) {
                errors.add(FieldError.required(field, "must specify `addresses` or `notReadyAddresses`"));
            }
            for (String list : List.of("addresses", "notReadyAddresses")) {
                int position = 0;
                for (JsonNode address : subset.path(list)) {
                    FieldPath ip = field.child(list).index(position++).child("ip");
                    EndpointAddresses.check(address.path("ip").asString(""), ip, errors);
                }
            }
            ports(subset.path("ports"), field.child("ports"), errors);
        }
    }

    private static void ports(JsonNode ports, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode port : ports) {
            FieldPath each = field.index(index++);
            String name = port.path("name").asString("");
            if (name.isEmpty() && ports.size() > 1) {
                errors.add(FieldError.required(each.child("name"), ""));
            } else if (!name.isEmpty()) {
                Names.dns1123Label(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            }
            long number = port.path("port").asLong(0);
            Names.portNumber(number)
                    .forEach(fault -> errors.add(FieldError.invalid(each.child("port"), number, fault)));
            Values.oneOf(port, "protocol", each, List.of("SCTP", "TCP", "UDP"), true, errors);
        }
    }
}
