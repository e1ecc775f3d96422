package io.kybern.apiserver.registry.flowcontrol;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class FlowControlStrategiesTest {

    private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private void refused(String resource, String name, String spec, String message) {
        Reply reply = writes.create(
                GROUP + "/" + resource, "{\"metadata\":{\"name\":\"%s\"},\"spec\":%s}".formatted(name, spec));
        assertThat(reply.code()).as(reply.text()).isEqualTo(422);
        assertThat(reply.message()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            mine   | {"type":"Exempt"}                              | spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'
            exempt | {"type":"Limited","limited":{"limitResponse":{"type":"Reject"}}} | spec.type: Invalid value: "Limited": type must be
            exempt | {"type":"Exempt","exempt":{"lendablePercent":101}} | spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive
            mine   | {"type":"Limited"}                             | spec.limited: Required value: must not be empty when type is Limited
            mine   | {"type":"Limited","limited":{"nominalConcurrencyShares":-1,"limitResponse":{"type":"Reject"}}} | must be a non-negative integer
            mine   | {"type":"Limited","limited":{"limitResponse":{"type":"Wait"}}} | spec.limited.limitResponse.type: Unsupported value: "Wait"
            mine   | {"type":"Limited","limited":{"limitResponse":{"type":"Queue"}}} | spec.limited.limitResponse.queuing: Required value
            mine   | {"type":"Limited","limited":{"limitResponse":{"type":"Queue","queuing":{"queues":2,"handSize":3}}}} | handSize: Invalid value: 3: should not be greater than queues (2)
            mine   | {"type":"Limited","limited":{"limitResponse":{"type":"Queue","queuing":{"queues":512,"handSize":8}}}} | required entropy bits of deckSize 512 and handSize 8 should not be greater than 60
            catch-all | {"type":"Limited","limited":{"nominalConcurrencyShares":77,"limitResponse":{"type":"Reject"}}} | must equal the fixed value
            """)
    void levelsThatMakeNoSenseAreRefused(String name, String spec, String message) {
        refused("prioritylevelconfigurations", name, spec, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "matchingPrecedence":1                              | only the schema named 'exempt' may have matchingPrecedence 1
            "matchingPrecedence":10001                          | must not be greater than 10000
            "priorityLevelConfiguration":{"name":""}            | must reference a priority level
            "distinguisherMethod":{"type":"ByColour"}           | spec.distinguisherMethod.type: Unsupported value
            "rules":[{"subjects":[],"nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}] | subjects must contain at least one value
            "rules":[{"subjects":[{"kind":"User","user":{"name":"a"}}]}] | at least one of resourceRules and nonResourceRules has to be non-empty
            "rules":[{"subjects":[{"kind":"User","group":{"name":"a"}}],"nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}] | user is required when subject kind is 'User'
            "rules":[{"subjects":[{"kind":"User","user":{"name":"a"}}],"nonResourceRules":[{"verbs":["*","get"],"nonResourceURLs":["*"]}]}] | if '*' is present, must not specify other verbs
            "rules":[{"subjects":[{"kind":"User","user":{"name":"a"}}],"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/a*"]}]}] | wildcard can only do suffix matching
            "rules":[{"subjects":[{"kind":"User","user":{"name":"a"}}],"resourceRules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}] | resource rules that are not cluster scoped must supply at least one namespace
            """)
    void schemasThatMakeNoSenseAreRefused(String part, String message) {
        String spec = part.contains("priorityLevelConfiguration")
                ? "{" + part + "}"
                : "{\"priorityLevelConfiguration\":{\"name\":\"a\"}," + part + "}";

        refused("flowschemas", "mine", spec, message);
    }

    @Test
    void thoseThatEveryClusterHasStayAsTheyAre() {
        String fixed =
                "{\"type\":\"Limited\",\"limited\":{\"nominalConcurrencyShares\":5,\"lendablePercent\":0,\"limitResponse\":{\"type\":\"Reject\"}}}";
        made(writes.create(
                GROUP + "/prioritylevelconfigurations",
                "{\"metadata\":{\"name\":\"catch-all\"},\"spec\":" + fixed + "}"));
        made(
                writes.create(
                        GROUP + "/prioritylevelconfigurations",
                        "{\"metadata\":{\"name\":\"exempt\"},\"spec\":{\"type\":\"Exempt\",\"exempt\":{\"nominalConcurrencyShares\":3}}}"));

        Reply changed = writes.merge(
                GROUP + "/prioritylevelconfigurations/catch-all",
                "{\"spec\":{\"limited\":{\"nominalConcurrencyShares\":6}}}");
        assertThat(changed.message()).contains("spec of 'catch-all' must equal the fixed value");
        Reply annotated = writes.merge(
                GROUP + "/prioritylevelconfigurations/catch-all", "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}");
        assertThat(annotated.code()).as(annotated.text()).isEqualTo(200);
    }
}
