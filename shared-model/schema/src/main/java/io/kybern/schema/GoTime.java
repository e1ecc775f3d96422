package io.kybern.schema;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Times as the API reads and writes them: RFC 3339, with seconds ({@code Time}) or with six digits of a second ({@code
 * MicroTime}). Errors are worded as the clients know them.
 */
final class GoTime {

    private static final String SECONDS_LAYOUT = "2006-01-02T15:04:05Z07:00";
    private static final String MICROS_LAYOUT = "2006-01-02T15:04:05.000000Z07:00";
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'");
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
    private static final String ZERO = "0001-01-01T00:00:00Z";

    private final String text;
    private final boolean micros;
    private int at;

    private GoTime(String text, boolean micros) {
        this.text = text;
        this.micros = micros;
    }

    /**
     * The time in canonical form, in UTC; empty for the zero time, which counts as absent.
     *
     * @throws IllegalArgumentException if it is no time; the message says why
     */
    static String canonical(String text, boolean micros) {
        OffsetDateTime time = new GoTime(text, micros).parse();
        OffsetDateTime utc = time.withOffsetSameInstant(ZoneOffset.UTC);
        if (SECONDS.format(utc).equals(ZERO) && utc.getNano() == 0) {
            return "";
        }
        return (micros ? MICROS : SECONDS).format(utc);
    }

    private OffsetDateTime parse() {
        int year = digits(4, "2006");
        literal('-');
        int month = inRange(digits(2, "01"), 1, 12, "month");
        literal('-');
        int day = digits(2, "02");
        literal('T');
        int hour = inRange(digits(2, "15"), 0, 23, "hour");
        literal(':');
        int minute = inRange(digits(2, "04"), 0, 59, "minute");
        literal(':');
        int second = inRange(digits(2, "05"), 0, 59, "second");
        int nanos = fraction();
        ZoneOffset zone = zone();
        if (at < text.length()) {
            throw failure(": extra text: " + quote(text.substring(at)));
        }
        try {
            return OffsetDateTime.of(LocalDateTime.of(year, month, day, hour, minute, second, nanos), zone);
        } catch (DateTimeException e) {
            throw failure(": day out of range");
        }
    }

    private int digits(int count, String element) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            char c = at + i < text.length() ? text.charAt(at + i) : ' ';
            if (c < '0' || c > '9') {
                throw cannotParse(element);
            }
            value = value * 10 + (c - '0');
        }
        at += count;
        return value;
    }

    private void literal(char wanted) {
        if (at >= text.length() || text.charAt(at) != wanted) {
            throw cannotParse(String.valueOf(wanted));
        }
        at++;
    }

    /** With seconds any fraction may follow; with microseconds exactly six digits must. */
    private int fraction() {
        int start = at;
        if (at < text.length() && (text.charAt(at) == '.' || (!micros && text.charAt(at) == ','))) {
            at++;
            while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
                at++;
            }
        }
        int count = at - start - 1;
        if ((micros && count != 6) || count == 0) {
            at = start;
            if (micros) {
                throw cannotParse(".000000");
            }
            return 0;
        }
        int nanos = 0;
        for (int i = 0; i < 9; i++) {
            nanos = nanos * 10 + (i < count ? text.charAt(start + 1 + i) - '0' : 0);
        }
        return nanos;
    }

    private ZoneOffset zone() {
        if (at < text.length() && text.charAt(at) == 'Z') {
            at++;
            return ZoneOffset.UTC;
        }
        int start = at;
        if (text.length() < at + 6 || "+-".indexOf(text.charAt(at)) < 0 || text.charAt(at + 3) != ':') {
            throw cannotParse("Z07:00");
        }
        int sign = text.charAt(at++) == '-' ? -1 : 1;
        try {
            int hours = digits(2, "Z07:00");
            at++;
            int minutes = digits(2, "Z07:00");
            if (hours > 24 || minutes > 60) {
                throw failure(": time zone offset hour out of range");
            }
            return ZoneOffset.ofTotalSeconds(sign * (hours * 3600 + minutes * 60));
        } catch (DateTimeException e) {
            at = start;
            throw cannotParse("Z07:00");
        }
    }

    private int inRange(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw failure(": " + what + " out of range");
        }
        return value;
    }

    private IllegalArgumentException cannotParse(String element) {
        return new IllegalArgumentException("parsing time %s as %s: cannot parse %s as %s"
                .formatted(
                        quote(text),
                        quote(micros ? MICROS_LAYOUT : SECONDS_LAYOUT),
                        quote(text.substring(at)),
                        quote(element)));
    }

    private IllegalArgumentException failure(String why) {
        return new IllegalArgumentException("parsing time " + quote(text) + why);
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
