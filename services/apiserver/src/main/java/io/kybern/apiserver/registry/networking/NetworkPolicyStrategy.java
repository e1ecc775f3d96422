package io.kybern.apiserver.registry.networking;

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
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** NetworkPolicies. */
public final class NetworkPolicyStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> PROTOCOLS = List.of("TCP", "UDP", "SCTP");
    private static final List<String> TYPES = List.of("Ingress", "Egress");

    /** The network policies of the API. */
    public NetworkPolicyStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode policy) {
        ObjectNode spec = Absent.object(policy, "spec");
        for (String direction : List.of("ingress", "egress")) {
            Absent.each(
                    spec.path(direction),
                    rule -> Absent.each(rule.path("ports"), port -> Absent.text(port, "protocol", "TCP")));
        }
        if (spec.path("policyTypes").isEmpty()) {
            ArrayNode types = spec.putArray("policyTypes").add("Ingress");
            if (!spec.path("egress").isEmpty()) {
                types.add("Egress");
            }
        }
    }

    @Override
    protected void validate(ObjectNode policy, List<FieldError> errors) {
        JsonNode spec = policy.path("spec");
        Values.selector(spec.path("podSelector"), SPEC.child("podSelector"), errors);
        rules(spec.path("ingress"), SPEC.child("ingress"), "from", errors);
        rules(spec.path("egress"), SPEC.child("egress"), "to", errors);
        JsonNode types = spec.path("policyTypes");
        if (types.size() > TYPES.size()) {
            errors.add(
                    FieldError.invalid(SPEC.child("policyTypes"), types, "may not specify more than two policyTypes"));
            return;
        }
        int index = 0;
        for (JsonNode each : types) {
            FieldPath field = SPEC.child("policyTypes").index(index++);
            if (!TYPES.contains(each.asString(""))) {
                errors.add(FieldError.notSupported(field, each, TYPES));
            }
        }
    }

    private static void rules(JsonNode rules, FieldPath field, String peers, List<FieldError> errors) {
        int index = 0;
        for (JsonNode rule : rules) {
            FieldPath each = field.index(index++);
            int position = 0;
            for (JsonNode port : rule.path("ports")) {
                port(port, each.child("ports").index(position++), errors);
            }
            position = 0;
            for (JsonNode peer : rule.path(peers)) {
                peer(peer, each.child(peers).index(position++), errors);
            }
        }
    }

    private static void port(JsonNode port, FieldPath field, List<FieldError> errors) {
        Values.oneOf(port, "protocol", field, PROTOCOLS, false, errors);
        JsonNode from = port.path("port");
        JsonNode to = port.path("endPort");
        if (from.isNumber()) {
            Names.portNumber(from.asLong())
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("port"), from, fault)));
            if (to.isNumber() && to.asLong() < from.asLong()) {
                errors.add(FieldError.invalid(field.child("endPort"), to, "must be greater than or equal to `port`"));
            }
            if (to.isNumber()) {
                Names.portNumber(to.asLong())
                        .forEach(fault -> errors.add(FieldError.invalid(field.child("endPort"), to, fault)));
            }
            return;
        }
        if (to.isNumber()) {
            errors.add(FieldError.invalid(
                    field.child("endPort"),
                    to,
                    "may not be specified when `port` is " + (from.isString() ? "non-numeric" : "not specified")));
        }
        if (from.isString()) {
            Names.portName(from.asString())
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("port"), from, fault)));
        }
    }

    private static void peer(JsonNode peer, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (String selector : List.of("podSelector", "namespaceSelector")) {
            if (peer.has(selector)) {
                given++;
                Values.selector(peer.path(selector), field.child(selector), errors);
            }
        }
        boolean block = peer.has("ipBlock");
        if (block) {
            block(peer.path("ipBlock"), field.child("ipBlock"), errors);
        } else if (given == 0) {
            errors.add(FieldError.required(field, "must specify a peer"));
        }
        if (block && given > 0) {
            errors.add(FieldError.forbidden(field, "may not specify both ipBlock and another peer"));
        }
    }

    private static void block(JsonNode block, FieldPath field, List<FieldError> errors) {
        String cidr = block.path("cidr").asString("");
        if (cidr.isEmpty()) {
            errors.add(FieldError.required(field.child("cidr"), ""));
            return;
        }
        boolean readable = AddressRange.check(cidr, field.child("cidr"), errors);
        int index = 0;
        for (JsonNode except : block.path("except")) {
            FieldPath each = field.child("except").index(index++);
            String inner = except.asString("");
            if (AddressRange.check(inner, each, errors)
                    && readable
                    && !AddressRange.parse(cidr).strictlyContains(AddressRange.parse(inner))) {
                errors.add(FieldError.invalid(each, inner, "must be a strict subset of `cidr`"));
            }
        }
    }
}
