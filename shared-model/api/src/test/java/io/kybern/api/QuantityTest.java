package io.kybern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1000m,1",
        "0.5,500m",
        "1024Mi,1Gi",
        "1025Mi,1025Mi",
        "100000,100k",
        "1e3,1e3",
        "12e5,1200e3",
        "1.5Gi,1536Mi",
        "0.5Gi,512Mi",
        "500Ki,500Ki",
        "1Ki,1Ki",
        "1023,1023",
        "2G,2G",
        "0.1n,1n",
        "-1,-1",
        "+3,3",
        "1500m,1500m",
        "9223372036854775808,9223372036854775807",
        "0.5Ki,512",
        "128974848,128974848",
        "129e6,129e6",
        "129M,129M",
        "10E,9223372036854775807",
        "100Gi,100Gi",
        "1u,1u",
        "1000u,1m",
        "2000000000000000000000n,2T"
    })
    void isWrittenInItsCanonicalForm(String text, String canonical) {
        assertThat(Quantity.parse(text).canonical()).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "1 ", "1Kx", "--1"})
    void refusesWhatMatchesNoExpression(String text) {
        assertThatThrownBy(() -> Quantity.parse(text))
                .isInstanceOf(QuantityFormatException.class)
                .hasMessage(
                        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }

    @Test
    void refusesAnUnknownSuffix() {
        assertThatThrownBy(() -> Quantity.parse("1KK")).hasMessage("unable to parse quantity's suffix");
    }

    @Test
    void refusesTwoDecimalPoints() {
        assertThatThrownBy(() -> Quantity.parse("1.2.3")).hasMessage("unable to parse numeric part of quantity");
    }

    @Test
    void comparesAmountsWhateverTheNotation() {
        assertThat(Quantity.parse("1Gi")).isEqualTo(Quantity.parse("1073741824"));
        assertThat(Quantity.parse("1G")).isLessThan(Quantity.parse("1Gi"));
        assertThat(Quantity.parse("1")).hasSameHashCodeAs(Quantity.parse("1000m"));
    }

    @Test
    void roundsUpToWholeUnits() {
        assertThat(Quantity.parse("1100m").ceilValue()).isEqualTo(2);
        assertThat(Quantity.parse("1.0001").milliValue()).isEqualTo(1001);
        assertThat(Quantity.parse("100m").add(Quantity.parse("0.9")).canonical())
                .isEqualTo("1");
    }
}
