package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
final class PodNamesAndFilesTest {

    private static final FieldPath SPEC = FieldPath.of("spec");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'hostnameOverride': 'override.example.host'} | ``",
                "{'hostnameOverride': 'other', 'hostname': 'custom', 'subdomain': 't'} | ``",
                "{'hostnameOverride': 'Not-RFC1123'} | spec.hostnameOverride: Invalid value: \"Not-RFC1123\"",
                "{'hostnameOverride': 'other', 'hostNetwork': true} | spec.hostnameOverride: Forbidden",
                "{'hostnameOverride': 'other', 'setHostnameAsFQDN': true} | spec.hostnameOverride: Forbidden: may not be"
                        + " specified when setHostnameAsFQDN is true",
                "{'hostnameOverride': ''} | spec.hostnameOverride: Invalid value: \"\"",
                "{'hostnameOverride': 'a1234567890123456789012345678901.b1234567890123456789012345678901'}"
                        + " | spec.hostnameOverride: Too long",
            })
    void aPodMayHaveAnotherNameThanItsOwn(String spec, String expected) {
        List<FieldError> errors = new ArrayList<>();
        HostnameValidator.override(Json.read(spec.replace('\'', '"')), SPEC, errors);
        startsWith(errors, expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'volumeName': 'config', 'path': 'a/config.env', 'key': 'A'} | ``",
                "{'volumeName': 'none', 'path': 'f', 'key': 'A'} | volumeName: Not found: \"none\"",
                "{'volumeName': 'secret', 'path': 'f', 'key': 'A'} | volumeName: Invalid value: \"secret\": "
                        + "referenced volume must be of type emptyDir",
                "{'volumeName': 'config', 'key': 'A'} | path: Required value",
                "{'volumeName': 'config', 'path': 'f'} | key: Required value",
                "{'volumeName': 'config', 'path': 'f', 'key': 'A=B'} | key: Invalid value: \"A=B\"",
                "{'volumeName': 'config', 'path': '../f', 'key': 'A'} | path: Invalid value: \"../f\": must not contain",
            })
    void aVariableMayStandInAFileOfAnEmptyDirectory(String reference, String expected) {
        String spec = """
                {"volumes": [{"name": "secret", "secret": {}}, {"name": "config", "emptyDir": {}}],
                  "containers": [{"env": [{"name": "V", "valueFrom": {"fileKeyRef": %s}}]}]}""".formatted(reference.replace('\'', '"'));
        List<FieldError> errors = new ArrayList<>();
        JsonNode container = Json.read(spec).path("containers").get(0);
        EnvironmentValidator.environment(container, SPEC.child("containers").index(0), errors);
        FileKeyValidator.volumes(Json.read(spec), SPEC, errors);
        startsWith(errors, expected.isEmpty() ? "" : "spec.containers[0].env[0].valueFrom.fileKeyRef." + expected);
    }

    private static void startsWith(List<FieldError> errors, String expected) {
        if (expected.isEmpty()) {
            assertThat(errors).isEmpty();
        } else {
            assertThat(errors)
                    .singleElement()
                    .extracting(FieldError::message)
                    .asString()
                    .startsWith(expected);
        }
    }
}
