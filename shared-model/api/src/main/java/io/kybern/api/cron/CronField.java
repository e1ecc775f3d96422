package io.kybern.api.cron;

import java.util.List;
import java.util.Locale;

/** One of the five fields of a schedule: which numbers it allows, and by which names they go. */
enum CronField {
    MINUTE(0, 59, List.of()),
    HOUR(0, 23, List.of()),
    DAY_OF_MONTH(1, 31, List.of()),
    MONTH(1, 12, List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    DAY_OF_WEEK(0, 6, List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat"));

    private final int first;
    private final int last;
    private final List<String> names;

    CronField(int first, int last, List<String> names) {
        this.first = first;
        this.last = last;
        this.names = names;
    }

    /** Whether the field says nothing: it begins with a star or a question mark, as the rule about the two day fields has it. */
    static boolean isOpen(String text) {
        for (String part : text.split(",")) {
            String range = part.split("/", -1)[0];
            if ((range.equals("*") || range.equals("?")) && !part.contains("/")) {
                return true;
            }
        }
        return false;
    }

    /** The numbers that the text names, as bits. */
    long parse(String text) throws CronSyntaxException {
        long bits = 0;
        for (String part : text.split(",")) {
            bits |= part(part);
        }
        return bits;
    }

    private long part(String part) throws CronSyntaxException {
        String[] rangeAndStep = part.split("/", -1);
        String[] bounds = rangeAndStep[0].split("-", -1);
        if (rangeAndStep.length > 2) {
            throw CronSyntaxException.of("too many slashes: " + part);
        }
        if (bounds.length > 2) {
            throw CronSyntaxException.of("too many hyphens: " + part);
        }
        int begin;
        int end;
        boolean single = false;
        if (bounds[0].equals("*") || bounds[0].equals("?")) {
            begin = first;
            end = last;
        } else {
            begin = number(bounds[0], true);
            single = bounds.length == 1;
            end = single ? begin : number(bounds[1], true);
        }
        int step = 1;
        if (rangeAndStep.length == 2) {
            step = number(rangeAndStep[1], false);
            // "5/15" means from 5 on
            end = single ? last : end;
        }
        check(part, begin, end, step);
        long bits = 0;
        for (int number = begin; number <= end; number += step) {
            bits |= 1L << number;
        }
        return bits;
    }

    private void check(String part, int begin, int end, int step) throws CronSyntaxException {
        if (begin < first) {
            throw CronSyntaxException.of(
                    "beginning of range (%d) below minimum (%d): %s".formatted(begin, first, part));
        }
        if (end > last) {
            throw CronSyntaxException.of("end of range (%d) above maximum (%d): %s".formatted(end, last, part));
        }
        if (begin > end) {
            throw CronSyntaxException.of(
                    "beginning of range (%d) beyond end of range (%d): %s".formatted(begin, end, part));
        }
        if (step == 0) {
            throw CronSyntaxException.of("step of range should be a positive number: " + part);
        }
    }

    private int number(String text, boolean named) throws CronSyntaxException {
        int name = named ? names.indexOf(text.toLowerCase(Locale.ROOT)) : -1;
        if (name >= 0) {
            return name + first;
        }
        try {
            int number = Integer.parseInt(text);
            if (number < 0) {
                throw CronSyntaxException.of("negative number (%d) not allowed: %s".formatted(number, text));
            }
            return number;
        } catch (NumberFormatException e) {
            throw CronSyntaxException.of(
                    "failed to parse int from " + text + ": strconv.Atoi: parsing \"" + text + "\": invalid syntax");
        }
    }
}
