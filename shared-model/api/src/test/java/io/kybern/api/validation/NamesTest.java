package io.kybern.api.validation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "my-name", "123-abc"})
    void acceptsLabels(String name) {
        assertThat(Names.dns1123Label(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"A_b", "-a", "a-", "a/b", ""})
    void saysWhatALabelMustBe(String name) {
        assertThat(Names.dns1123Label(name))
                .containsExactly(
                        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must"
                                + " start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for"
                                + " validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    }

    @Test
    void saysHowLongALabelMayBe() {
        assertThat(Names.dns1123Label("a".repeat(64))).containsExactly("must be no more than 63 characters");
    }

    @Test
    void saysThatALabelHasNoDotsIfThatIsAllThatIsWrong() {
        assertThat(Names.dns1123Label("a.b")).containsExactly("must not contain dots");
    }

    @Test
    void aVariableIsAnyPrintableTextWithoutAnEqualsSign() {
        assertThat(Names.environmentVariable("my var!")).isEmpty();
        assertThat(Names.environmentVariable("")).containsExactly("environment variable name must be non-empty");
        assertThat(Names.environmentVariable("a=b"))
                .containsExactly("a valid environment variable name must consist only of printable ASCII characters"
                        + " other than '='");
    }

    @Test
    void aSearchedNameMayHaveUnderscores() {
        assertThat(Names.subdomainWithUnderscores("_ldap._tcp.example.com")).isEmpty();
        assertThat(Names.subdomainWithUnderscores("a..b"))
                .singleElement()
                .asString()
                .startsWith(
                        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-'");
    }

    @Test
    void namesBothPartsOfAQualifiedName() {
        assertThat(Names.qualifiedName("example.com/MyName")).isEmpty();
        assertThat(Names.qualifiedName("/a")).containsExactly("prefix part must be non-empty");
        assertThat(Names.qualifiedName("a/b/c"))
                .singleElement()
                .asString()
                .startsWith("a qualified name must consist of")
                .endsWith("with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
        assertThat(Names.qualifiedName("nope nope")).singleElement().asString().startsWith("name part must consist of");
    }

    @Test
    void portNamesNeedALetter() {
        assertThat(Names.portName("80")).containsExactly("must contain at least one letter (a-z)");
        assertThat(Names.portName("http--x")).containsExactly("must not contain consecutive hyphens");
    }

    @Test
    void fieldErrorsReadAsKubernetesWritesThem() {
        FieldPath port =
                FieldPath.of("spec", "containers").index(0).child("ports").key("a");
        assertThat(FieldError.invalid(port, 0, "must be greater than zero").message())
                .isEqualTo("spec.containers[0].ports[a]: Invalid value: 0: must be greater than zero");
        assertThat(FieldError.notSupported(port, "tcp", java.util.List.of("TCP", "UDP"))
                        .body())
                .isEqualTo("Unsupported value: \"tcp\": supported values: \"TCP\", \"UDP\"");
        assertThat(FieldError.required(port, "").body()).isEqualTo("Required value");
    }
}
