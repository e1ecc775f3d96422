package io.kybern.api.selector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSelectorTest {

    private static final Map<String, String> LABELS =
            Map.of("app", "web", "tier", "front", "replicas", "3", "empty", "");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "app",
                "app=web",
                "app==web",
                "app!=db",
                "tier in (front,back)",
                "tier notin (back)",
                "!canary",
                "app=web,tier=front",
                " app = web , !canary",
                "replicas>2",
                "replicas<4",
                "canary notin (a)",
                "empty=",
                "empty in ()",
                "canary!=x",
                "app,tier"
            })
    void selects(String selector) {
        assertThat(LabelSelector.parse(selector).matches(LABELS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canary",
                "app=db",
                "app!=web",
                "tier in (back)",
                "!app",
                "replicas>3",
                "app>1",
                "tier notin (front,x)"
            })
    void leavesOut(String selector) {
        assertThat(LabelSelector.parse(selector).matches(LABELS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a===b | unable to parse requirement: found '=', expected: identifier",
                "a=b,  | found '', expected: identifier after ','",
                "a b | unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
                "a in b | unable to parse requirement: found 'b', expected: '('",
                "=a | found '=', expected: !, identifier, or 'end of string'"
            })
    void saysWhatItExpected(String selector, String message) {
        assertThatThrownBy(() -> LabelSelector.parse(selector))
                .isInstanceOf(SelectorSyntaxException.class)
                .hasMessage(message);
    }

    @Test
    void refusesValuesThatNoLabelCanHave() {
        assertThatThrownBy(() -> LabelSelector.parse("a=-b"))
                .hasMessageStartingWith(
                        "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be");
    }

    @Test
    void anAbsentSelectorSelectsNothingAndAnEmptyOneEverything() {
        assertThat(LabelSelector.of(Json.object().path("selector")).matches(LABELS))
                .isFalse();
        assertThat(LabelSelector.of(Json.object()).matches(LABELS)).isTrue();
    }

    @Test
    void readsSelectorObjects() {
        LabelSelector selector = LabelSelector.of(Json.read("""
                        {"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"NotIn","values":["back"]},
                        {"key":"canary","operator":"DoesNotExist"}]}"""));
        assertThat(selector.matches(LABELS)).isTrue();
        assertThat(selector).hasToString("app=web,!canary,tier!=back");
    }
}
