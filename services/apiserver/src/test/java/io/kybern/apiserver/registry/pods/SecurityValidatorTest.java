package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class SecurityValidatorTest {

    private static List<String> faults(String context, boolean ownUsers) {
        List<FieldError> errors = new ArrayList<>();
        SecurityValidator.container(Json.read(context.replace('\'', '"')), ownUsers, FieldPath.of("c"), errors);
        return errors.stream().map(FieldError::message).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'seccompProfile': {'type': 'Localhost', 'localhostProfile': 'a/b.json'}} | ``",
                "{'seccompProfile': {'type': 'Localhost'}}"
                        + " | c.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
                "{'seccompProfile': {'type': 'Localhost', 'localhostProfile': '/a'}}"
                        + " | c.seccompProfile.localhostProfile: Invalid value: \"/a\": must be a relative path",
                "{'seccompProfile': {'type': 'Localhost', 'localhostProfile': 'a/../b'}}"
                        + " | c.seccompProfile.localhostProfile: Invalid value: \"a/../b\": must not contain '..'",
                "{'seccompProfile': {'type': 'Unconfined', 'localhostProfile': 'a'}}"
                        + " | c.seccompProfile.localhostProfile: Invalid value: {\"type\":\"Unconfined\",\"localhostProfile\":\"a\"}: can"
                        + " only be set when seccomp type is Localhost",
                "{'appArmorProfile': {'type': 'Localhost', 'localhostProfile': 'mine'}} | ``",
                "{'appArmorProfile': {'type': 'RuntimeDefault'}} | ``",
                "{'appArmorProfile': {'type': 'Localhost'}}"
                        + " | c.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost",
                "{'appArmorProfile': {'type': 'Localhost', 'localhostProfile': ' mine'}}"
                        + " | c.appArmorProfile.localhostProfile: Invalid value: \" mine\": must not be padded with whitespace",
                "{'appArmorProfile': {'type': 'Unconfined', 'localhostProfile': 'mine'}}"
                        + " | c.appArmorProfile.localhostProfile: Invalid value: \"mine\": can only be set when AppArmor type is Localhost",
                "{'appArmorProfile': {'type': 'Other'}} | c.appArmorProfile.type: Unsupported value: \"Other\": supported values:"
                        + " \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            })
    void profilesAreNamedSoThatANodeFindsThem(String context, String expected) {
        assertThat(String.join("; ", faults(context, false))).isEqualTo(expected);
    }

    @Test
    void processesAreUnmaskedOnlyForPodsWithUsersOfTheirOwn() {
        assertThat(faults("{'procMount': 'Unmasked'}", false))
                .containsExactly(
                        "c.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`");
        assertThat(faults("{'procMount': 'Unmasked'}", true)).isEmpty();
        assertThat(faults("{'procMount': 'Default'}", false)).isEmpty();
    }
}
