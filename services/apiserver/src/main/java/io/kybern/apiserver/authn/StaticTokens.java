package io.kybern.apiserver.authn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Users by tokens from a file with the lines {@code token,user,uid,"group1,group2"}; see "Static token file". */
public final class StaticTokens {

    private static final Pattern FIELD = Pattern.compile("\\s*(?:\"([^\"]*)\"|([^,]*))\\s*(?:,|$)");

    private final Map<String, UserInfo> users;

    private StaticTokens(Map<String, UserInfo> users) {
        this.users = Map.copyOf(users);
    }

    /** No tokens. */
    public static StaticTokens none() {
        return new StaticTokens(Map.of());
    }

    /** Reads a file. */
    public static StaticTokens read(Path file) {
        try {
            Map<String, UserInfo> users = new HashMap<>();
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                List<String> fields = fields(line);
                if (fields.size() >= 3 && !fields.get(0).isEmpty() && !line.startsWith("#")) {
                    List<String> groups = fields.size() > 3 && !fields.get(3).isEmpty()
                            ? List.of(fields.get(3).split(","))
                            : List.of();
                    users.put(fields.get(0), new UserInfo(fields.get(1), fields.get(2), groups, Map.of()));
                }
            }
            return new StaticTokens(users);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the static token file " + file, e);
        }
    }

    private static List<String> fields(String line) {
        Matcher matcher = FIELD.matcher(line);
        java.util.ArrayList<String> fields = new java.util.ArrayList<>();
        int at = 0;
        while (at < line.length() && matcher.find(at)) {
            String quoted = matcher.group(1);
            fields.add(quoted != null ? quoted : matcher.group(2).strip());
            at = Math.max(matcher.end(), at + 1);
        }
        return fields;
    }

    /** Whose the token is. */
    public Optional<UserInfo> authenticate(String token) {
        byte[] shown = token.getBytes(StandardCharsets.UTF_8);
        // every token is compared in full, so the time taken tells nothing
        Optional<UserInfo> found = Optional.empty();
        for (Map.Entry<String, UserInfo> each : users.entrySet()) {
            if (MessageDigest.isEqual(each.getKey().getBytes(StandardCharsets.UTF_8), shown)) {
                found = Optional.of(each.getValue());
            }
        }
        return found;
    }
}
