package io.kybern.apiserver.registry.flowcontrol;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PriorityLevelConfigurations; see "API Priority and Fairness" in the Kubernetes documentation. */
public final class PriorityLevelStrategy extends GenericStrategy {

    private static final int DEFAULT_SHARES = 30;
    private static final int DEFAULT_QUEUES = 64;
    private static final int DEFAULT_HAND = 8;
    private static final int DEFAULT_LENGTH = 50;
    private static final int MOST_QUEUES = 10_000_000;
    /** As many bits of a flow's hash are there to deal hands of queues with. */
    private static final int HASH_BITS = 60;

    private static final int ALL_PERCENT = 100;
    private static final String NOT_NEGATIVE = "must be a non-negative integer";
    private static final String POSITIVE = "must be positive";

    /** The priority levels of the API. */
    public PriorityLevelStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void validate(ObjectNode level, List<FieldError> errors) {
        String name = KubeObject.name(level);
        FieldPath path = FieldPath.of("spec");
        JsonNode spec = level.path("spec");
        String type = spec.path("type").asString("");
        boolean exempt = name.equals(Mandatory.EXEMPT);
        if (exempt != type.equals("Exempt")) {
            errors.add(FieldError.invalid(
                    path.child("type"), type, "type must be 'Exempt' if and only if name is 'exempt'"));
        }
        switch (type) {
            case "Exempt" -> {
                if (spec.hasNonNull("limited")) {
                    errors.add(FieldError.forbidden(path.child("limited"), "must be nil if the type is not Limited"));
                }
                shares(spec.path("exempt"), path.child("exempt"), 0, errors);
            }
            case "Limited" -> limited(spec, path, errors);
            default -> errors.add(FieldError.notSupported(path.child("type"), type, List.of("Exempt", "Limited")));
        }
        Mandatory.spec("priorityLevels", name).ifPresent(fixed -> {
            if (exempt && !Values.same(without(spec), without(fixed))) {
                errors.add(FieldError.invalid(
                        path, spec, "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"));
            } else if (!exempt && !Values.same(spec, fixed)) {
                errors.add(FieldError.invalid(path, spec, "spec of '" + name + "' must equal the fixed value"));
            }
        });
    }

    /** The shares of the exempt level may be chosen. */
    private static ObjectNode without(JsonNode spec) {
        ObjectNode rest = spec instanceof ObjectNode object ? object.deepCopy() : Json.object();
        rest.remove("exempt");
        return rest;
    }

    private static void shares(JsonNode settings, FieldPath path, int normal, List<FieldError> errors) {
        JsonNode shares = settings.path("nominalConcurrencyShares");
        if (shares.asInt(normal) < 0) {
            errors.add(FieldError.invalid(path.child("nominalConcurrencyShares"), shares, NOT_NEGATIVE));
        }
        JsonNode lendable = settings.path("lendablePercent");
        if (lendable.asInt(0) < 0 || lendable.asInt(0) > ALL_PERCENT) {
            errors.add(FieldError.invalid(
                    path.child("lendablePercent"), lendable, "must be between 0 and 100, inclusive"));
        }
    }

    private static void limited(JsonNode spec, FieldPath specPath, List<FieldError> errors) {
        if (spec.hasNonNull("exempt")) {
            errors.add(FieldError.forbidden(specPath.child("exempt"), "must be nil if the type is Limited"));
        }
        FieldPath path = specPath.child("limited");
        JsonNode limited = spec.path("limited");
        if (!limited.isObject()) {
            errors.add(FieldError.required(path, "must not be empty when type is Limited"));
            return;
        }
        shares(limited, path, DEFAULT_SHARES, errors);
        JsonNode borrowing = limited.path("borrowingLimitPercent");
        if (borrowing.asInt(0) < 0) {
            errors.add(FieldError.invalid(
                    path.child("borrowingLimitPercent"), borrowing, "if specified, must be a non-negative integer"));
        }
        JsonNode response = limited.path("limitResponse");
        FieldPath responsePath = path.child("limitResponse");
        String type = response.path("type").asString("");
        boolean queuing = response.path("queuing").isObject();
        switch (type) {
            case "Reject" -> {
                if (queuing) {
                    errors.add(FieldError.forbidden(
                            responsePath.child("queuing"), "must be nil if limited.limitResponse.type is not Limited"));
                }
            }
            case "Queue" -> {
                if (queuing) {
                    queues(response.path("queuing"), responsePath.child("queuing"), errors);
                } else {
                    errors.add(FieldError.required(
                            responsePath.child("queuing"),
                            "must not be empty if limited.limitResponse.type is Limited"));
                }
            }
            default ->
                errors.add(FieldError.notSupported(responsePath.child("type"), type, List.of("Queue", "Reject")));
        }
    }

    private static void queues(JsonNode queuing, FieldPath path, List<FieldError> errors) {
        int length = queuing.path("queueLengthLimit").asInt(DEFAULT_LENGTH);
        if (length <= 0) {
            errors.add(FieldError.invalid(path.child("queueLengthLimit"), length, POSITIVE));
        }
        int queues = queuing.path("queues").asInt(DEFAULT_QUEUES);
        if (queues <= 0) {
            errors.add(FieldError.invalid(path.child("queues"), queues, POSITIVE));
        } else if (queues > MOST_QUEUES) {
            errors.add(FieldError.invalid(path.child("queues"), queues, "must not be greater than " + MOST_QUEUES));
        }
        int hand = queuing.path("handSize").asInt(DEFAULT_HAND);
        FieldPath handPath = path.child("handSize");
        if (hand <= 0) {
            errors.add(FieldError.invalid(handPath, hand, POSITIVE));
        } else if (hand > queues) {
            errors.add(FieldError.invalid(handPath, hand, "should not be greater than queues (%d)".formatted(queues)));
        } else if (bits(queues, hand) > HASH_BITS) {
            errors.add(FieldError.invalid(
                    handPath,
                    hand,
                    "required entropy bits of deckSize %d and handSize %d should not be greater than %d"
                            .formatted(queues, hand, HASH_BITS)));
        }
    }

    /** How many bits it takes to tell all hands of queues apart. */
    private static int bits(int queues, int hand) {
        double sum = 0;
        for (int i = 0; i < hand; i++) {
            sum += Math.log(queues - i) / Math.log(2);
        }
        return (int) Math.ceil(sum);
    }

    @Override
    protected void validateStatus(ObjectNode level, ObjectNode old, List<FieldError> errors) {
        FlowSchemaStrategy.conditions(level, errors);
    }
}
