package io.kybern.apiserver.admission.matching;

import io.kybern.api.selector.LabelSelector;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a webhook or a policy says of the requests that it wants to see. Read once for each configuration, used for each request.
 *
 * @param rules the requests that are meant
 * @param exclusions the requests that are not, though a rule means them
 * @param withoutRules whether no rules mean every request rather than none
 * @param equivalent whether a rule also means the same object in another version or group
 * @param namespaceSelector what labels the namespace has to have
 * @param objectSelector what labels the object has to have, before or after
 */
public record MatchCriteria(
        List<ResourceRule> rules,
        List<ResourceRule> exclusions,
        boolean withoutRules,
        boolean equivalent,
        LabelSelector namespaceSelector,
        LabelSelector objectSelector) {

    public MatchCriteria {
        rules = List.copyOf(rules);
        exclusions = List.copyOf(exclusions);
    }

    /** The criteria of one entry of {@code webhooks} in a webhook configuration. */
    public static MatchCriteria ofWebhook(JsonNode webhook) {
        return of(webhook, "rules", false);
    }

    /**
     * The criteria of a policy's {@code matchConstraints} or a binding's {@code matchResources}. Without rules they mean every
     * request; a policy's own constraints always have some.
     */
    public static MatchCriteria ofPolicy(JsonNode matchResources) {
        return of(matchResources, "resourceRules", true);
    }

    private static MatchCriteria of(JsonNode source, String rules, boolean withoutRules) {
        return new MatchCriteria(
                ResourceRule.list(source.path(rules)),
                ResourceRule.list(source.path("excludeResourceRules")),
                withoutRules,
                source.path("matchPolicy").asString("Equivalent").equals("Equivalent"),
                selector(source.path("namespaceSelector")),
                selector(source.path("objectSelector")));
    }

    private static LabelSelector selector(JsonNode selector) {
        return selector.isObject() ? LabelSelector.of(selector) : LabelSelector.everything();
    }
}
