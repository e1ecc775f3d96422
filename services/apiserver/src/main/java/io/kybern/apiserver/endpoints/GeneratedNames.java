package io.kybern.apiserver.endpoints;

import java.util.concurrent.ThreadLocalRandom;

/** Names from {@code metadata.generateName}: the prefix and five letters or digits without vowels and look-alikes. */
final class GeneratedNames {

    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
    private static final int SUFFIX = 5;
    private static final int MAX_PREFIX = 63 - SUFFIX;

    private GeneratedNames() {}

    static String next(String prefix) {
        StringBuilder name = new StringBuilder(prefix.length() > MAX_PREFIX ? prefix.substring(0, MAX_PREFIX) : prefix);
        for (int i = 0; i < SUFFIX; i++) {
            name.append(ALPHABET.charAt(ThreadLocalRandom.current().nextInt(ALPHABET.length())));
        }
        return name.toString();
    }
}
