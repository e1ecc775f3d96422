package io.kybern.api.cron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronScheduleTest {

    private static final ZoneId UTC = ZoneId.of("UTC");

    @ParameterizedTest
    @CsvSource({
        "* * * * *,          2026-01-01T00:00:30Z, 2026-01-01T00:01:00Z",
        "*/15 * * * *,       2026-01-01T00:15:00Z, 2026-01-01T00:30:00Z",
        "5/20 * * * *,       2026-01-01T00:00:00Z, 2026-01-01T00:05:00Z",
        "5/20 * * * *,       2026-01-01T00:45:00Z, 2026-01-01T01:05:00Z",
        "30 4 * * *,         2026-01-01T05:00:00Z, 2026-01-02T04:30:00Z",
        "0 0 1 1 ?,          2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
        "0 9-17/4 * * Mon-Fri, 2026-01-02T17:00:00Z, 2026-01-05T09:00:00Z",
        "0 0 13 * FRI,       2026-01-03T00:00:00Z, 2026-01-09T00:00:00Z",
        "0 0 29 FEB *,       2026-01-01T00:00:00Z, 2028-02-29T00:00:00Z",
        "@hourly,            2026-01-01T00:10:00Z, 2026-01-01T01:00:00Z",
        "@weekly,            2026-01-01T00:10:00Z, 2026-01-04T00:00:00Z",
        "@every 1h30m,       2026-01-01T00:10:00Z, 2026-01-01T01:40:00Z"
    })
    void knowsTheNextTime(String schedule, Instant after, Instant next) throws CronSyntaxException {
        assertThat(CronSchedule.parse(schedule).next(after, UTC)).contains(next);
    }

    @ParameterizedTest
    @CsvSource({
        "30 4 * * *, Asia/Kolkata,     2026-01-01T00:00:00Z, 2026-01-01T23:00:00Z",
        // the clock goes from two to three
        "30 2 * * *, Europe/Berlin,    2026-03-28T12:00:00Z, 2026-03-30T00:30:00Z",
        // the clock shows half past two twice
        "30 2 * * *, Europe/Berlin,    2026-10-25T00:30:00Z, 2026-10-25T01:30:00Z",
    })
    void goesByTheClocksOfItsZone(String schedule, String zone, Instant after, Instant next)
            throws CronSyntaxException {
        assertThat(CronSchedule.parse(schedule).next(after, ZoneId.of(zone))).contains(next);
    }

    @ParameterizedTest
    @CsvSource({
        "* * * * *,   2020-01-01T00:00:00Z, 2026-01-01T00:10:30Z, 2026-01-01T00:10:00Z",
        "0 9 * * *,   2025-12-30T10:00:00Z, 2026-01-01T08:00:00Z, 2025-12-31T09:00:00Z",
        "0 0 29 2 *,  2020-01-01T00:00:00Z, 2026-01-01T00:00:00Z, 2024-02-29T00:00:00Z",
        "@every 7m,   2026-01-01T00:01:00Z, 2026-01-01T00:20:00Z, 2026-01-01T00:15:00Z",
    })
    void knowsTheLastTime(String schedule, Instant after, Instant until, Instant last) throws CronSyntaxException {
        assertThat(CronSchedule.parse(schedule).last(after, until, UTC)).contains(last);
    }

    @Test
    void knowsThatNoTimeHasCome() throws CronSyntaxException {
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        assertThat(CronSchedule.parse("0 * * * *").last(noon, noon.plusSeconds(3599), UTC))
                .isEmpty();
        assertThat(CronSchedule.parse("@every 1h").last(noon, noon.plusSeconds(3599), UTC))
                .isEmpty();
    }

    @Test
    void knowsThatADayNeverComes() throws CronSyntaxException {
        assertThat(CronSchedule.parse("0 0 30 2 *").next(Instant.EPOCH, UTC)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "* * * *          | expected exactly 5 fields, found 4: [* * * *]",
                "60 * * * *       | end of range (60) above maximum (59): 60",
                "* * 0 * *        | beginning of range (0) below minimum (1): 0",
                "* * * * 7        | end of range (7) above maximum (6): 7",
                "5-2 * * * *      | beginning of range (5) beyond end of range (2): 5-2",
                "*/0 * * * *      | step of range should be a positive number: */0",
                "1-2-3 * * * *    | too many hyphens: 1-2-3",
                "1/2/3 * * * *    | too many slashes: 1/2/3",
                "a * * * *        | failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
                "@often           | unrecognized descriptor: @often",
                "@every day       | failed to parse duration @every day: time: invalid duration \"day\"",
            })
    void saysWhatIsWrong(String schedule, String message) {
        assertThatThrownBy(() -> CronSchedule.parse(schedule)).hasMessage(message);
    }
}
