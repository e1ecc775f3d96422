package io.kybern.api.selector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FieldSelectorTest {

    @Test
    void comparesEveryField() {
        FieldSelector selector = FieldSelector.parse("status.phase=Running,spec.nodeName!=a,metadata.name==x");
        assertThat(selector.matches(Map.of("status.phase", "Running", "metadata.name", "x")::get))
                .isTrue();
        assertThat(selector.matches(Map.of("status.phase", "Running", "metadata.name", "x", "spec.nodeName", "a")::get))
                .isFalse();
    }

    @Test
    void anAbsentFieldEqualsTheEmptyValue() {
        assertThat(FieldSelector.parse("spec.nodeName=").matches(Map.<String, String>of()::get))
                .isTrue();
    }

    @Test
    void aBackslashEscapesSeparators() {
        assertThat(FieldSelector.parse("a=b\\,c\\=d").exact("a")).contains("b,c=d");
    }

    @Test
    void refusesATermWithoutOperator() {
        assertThatThrownBy(() -> FieldSelector.parse("a=b,c"))
                .hasMessage("invalid selector: 'a=b,c'; can't understand 'c'");
    }
}
