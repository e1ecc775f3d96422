package io.kybern.apiserver.registry.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HumanDurationTest {

    @ParameterizedTest
    @CsvSource({
        "-2s, <invalid>",
        "-0.5s, 0s",
        "0s, 0s",
        "119s, 119s",
        "120s, 2m",
        "150s, 2m30s",
        "9m59s, 9m59s",
        "10m1s, 10m",
        "179m, 179m",
        "3h, 3h",
        "7h59m, 7h59m",
        "8h30m, 8h",
        "47h, 47h",
        "48h, 2d",
        "7d23h, 7d23h",
        "8d5h, 8d",
        "729d, 729d",
        "730d, 2y",
        "800d, 2y70d",
        "2920d, 8y"
    })
    void showsTwoUnitsAtMost(String duration, String shown) {
        String text = duration.toUpperCase(java.util.Locale.ROOT);
        int day = text.indexOf('D');
        boolean onlyDays = day == text.length() - 1;
        Duration parsed = Duration.parse(
                day < 0
                        ? (text.startsWith("-") ? "PT-" + text.substring(1) : "PT" + text)
                        : "P" + text.substring(0, day + 1) + (onlyDays ? "" : "T" + text.substring(day + 1)));

        assertThat(HumanDuration.of(parsed)).isEqualTo(shown);
    }
}
