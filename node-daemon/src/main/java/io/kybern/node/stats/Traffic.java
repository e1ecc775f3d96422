package io.kybern.node.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What went over the network interface of a process since it has one.
 *
 * @param receivedBytes bytes that came in
 * @param sentBytes bytes that went out
 */
record Traffic(long receivedBytes, long sentBytes) {

    private static final int SENT = 8;

    /** Reads the kernel's table; empty when the process is gone or has no such interface. */
    static Optional<Traffic> of(Path root, long pid, String device) {
        try {
            for (String line : Files.readAllLines(root.resolve("proc/" + pid + "/net/dev"))) {
                String text = line.strip();
                if (text.startsWith(device + ":")) {
                    String[] numbers =
                            text.substring(device.length() + 1).strip().split("\\s+");
                    return Optional.of(new Traffic(Long.parseLong(numbers[0]), Long.parseLong(numbers[SENT])));
                }
            }
            return Optional.empty();
        } catch (IOException | NumberFormatException gone) {
            return Optional.empty();
        }
    }
}
