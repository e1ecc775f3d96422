package io.kybern.api.cron;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When a CronJob is due: five fields (minute, hour, day of the month, month, day of the week), a macro such as {@code @hourly}, or
 * {@code @every 1h30m}. If both day fields say something, one of them is enough. A time that a clock change leaves out does not
 * come; one that it repeats comes twice.
 *
 * <p>See "Schedule syntax" of the Kubernetes page "CronJob". Immutable.
 */
public final class CronSchedule {

    private static final Map<String, String> MACROS = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");

    private static final Pattern DURATION = Pattern.compile("(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?");
    private static final String EVERY = "@every ";

    /** A schedule such as 30 February has no next time; nothing else needs longer to come around. */
    private static final int YEARS_AHEAD = 5;

    /** Where the last time is looked for, from near to far, so that a schedule of minutes is not counted through years. */
    private static final List<Duration> WINDOWS = List.of(
            Duration.ofHours(1),
            Duration.ofDays(1),
            Duration.ofDays(31),
            Duration.ofDays(366),
            Duration.ofDays(366 * 8));

    private final long minutes;
    private final long hours;
    private final long daysOfMonth;
    private final long months;
    private final long daysOfWeek;
    private final boolean eitherDay;
    private final Duration every;

    private CronSchedule(long[] bits, boolean eitherDay, Duration every) {
        this.minutes = bits[0];
        this.hours = bits[1];
        this.daysOfMonth = bits[2];
        this.months = bits[3];
        this.daysOfWeek = bits[4];
        this.eitherDay = eitherDay;
        this.every = every;
    }

    /** Reads a schedule. */
    public static CronSchedule parse(String text) throws CronSyntaxException {
        if (text.isEmpty()) {
            throw CronSyntaxException.of("empty spec string");
        }
        if (text.startsWith(EVERY)) {
            return new CronSchedule(new long[5], false, duration(text));
        }
        String spec = text;
        if (text.startsWith("@")) {
            spec = MACROS.get(text);
            if (spec == null) {
                throw CronSyntaxException.of("unrecognized descriptor: " + text);
            }
        }
        String[] fields = spec.strip().split("\\s+");
        if (fields.length != 5) {
            throw CronSyntaxException.of(
                    "expected exactly 5 fields, found %d: [%s]".formatted(fields.length, String.join(" ", fields)));
        }
        long[] bits = new long[5];
        for (CronField field : CronField.values()) {
            bits[field.ordinal()] = field.parse(fields[field.ordinal()]);
        }
        boolean eitherDay = !CronField.isOpen(fields[2]) && !CronField.isOpen(fields[4]);
        return new CronSchedule(bits, eitherDay, Duration.ZERO);
    }

    private static Duration duration(String text) throws CronSyntaxException {
        String value = text.substring(EVERY.length());
        Matcher parts = DURATION.matcher(value);
        if (value.isEmpty() || !parts.matches()) {
            throw CronSyntaxException.of(
                    "failed to parse duration " + text + ": time: invalid duration \"" + value + "\"");
        }
        try {
            Duration whole = Duration.ofHours(number(parts.group(1)))
                    .plusMinutes(number(parts.group(2)))
                    .plusSeconds(number(parts.group(3)));
            return whole.isZero() ? Duration.ofSeconds(1) : whole;
        } catch (ArithmeticException | NumberFormatException e) {
            throw CronSyntaxException.of(
                    "failed to parse duration " + text + ": time: invalid duration \"" + value + "\"");
        }
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    /** The first time after that one at which a clock of the zone shows what the schedule asks for; empty if there is none. */
    public Optional<Instant> next(Instant after, ZoneId zone) {
        if (!every.isZero()) {
            return Optional.of(after.truncatedTo(ChronoUnit.SECONDS).plus(every));
        }
        ZonedDateTime time = after.atZone(zone).truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
        int lastYear = time.getYear() + YEARS_AHEAD;
        while (time.getYear() <= lastYear) {
            if (!has(months, time.getMonthValue())) {
                time = time.toLocalDate().withDayOfMonth(1).plusMonths(1).atStartOfDay(zone);
            } else if (!isDay(time)) {
                time = time.toLocalDate().plusDays(1).atStartOfDay(zone);
            } else if (!has(hours, time.getHour())) {
                time = time.plusMinutes(60L - time.getMinute());
            } else if (!has(minutes, time.getMinute())) {
                time = time.plusMinutes(1);
            } else {
                return Optional.of(time.toInstant());
            }
        }
        return Optional.empty();
    }

    /** The last time after the one and not after the other; an interval counts from the one. Empty if there is none. */
    public Optional<Instant> last(Instant after, Instant until, ZoneId zone) {
        if (!every.isZero()) {
            Instant begin = after.truncatedTo(ChronoUnit.SECONDS);
            long times = Duration.between(begin, until).dividedBy(every);
            return times < 1 ? Optional.empty() : Optional.of(begin.plus(every.multipliedBy(times)));
        }
        for (Duration window : WINDOWS) {
            Instant from = until.minus(window).isBefore(after) ? after : until.minus(window);
            Optional<Instant> last = Optional.empty();
            for (Optional<Instant> time = next(from, zone);
                    time.isPresent() && !time.get().isAfter(until);
                    time = next(time.get(), zone)) {
                last = time;
            }
            if (last.isPresent() || from.equals(after)) {
                return last;
            }
        }
        return Optional.empty();
    }

    private boolean isDay(ZonedDateTime time) {
        boolean ofMonth = has(daysOfMonth, time.getDayOfMonth());
        boolean ofWeek = has(daysOfWeek, time.getDayOfWeek().getValue() % 7);
        return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
    }

    private static boolean has(long bits, int number) {
        return (bits >> number & 1) != 0;
    }
}
