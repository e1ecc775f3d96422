package io.kybern.node.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class EnvFileTest {

    private static final String FAULT = "invalid environment variable format at line ";

    @Test
    void valuesStandBetweenQuotes() throws ContainerConfigException {
        String text = """
                # what the first container found
                  FIRST='one'  # and a word about it

                \tSECOND='  a=b #c "d" $HOME \\n '
                THIRD='line one
                  line two'
                EMPTY=''
                LAST='end'""";
        assertThat(EnvFile.value(text, "FIRST")).contains("one");
        assertThat(EnvFile.value(text, "SECOND")).contains("  a=b #c \"d\" $HOME \\n ");
        assertThat(EnvFile.value(text, "THIRD")).contains("line one\n  line two");
        assertThat(EnvFile.value(text, "EMPTY")).contains("");
        assertThat(EnvFile.value(text, "LAST")).contains("end");
        assertThat(EnvFile.value(text, "OTHER")).isEmpty();
        assertThat(EnvFile.value("", "OTHER")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A 'one' | 1",
                "='one' | 1",
                "A='one'~no equals sign | 2",
                "A='one'~B ='two' | 2: whitespace before '=' is not allowed",
                "A='one'~~B=two | 3: value must be enclosed in single quotes",
                "A= 'two' | 1: value must be enclosed in single quotes",
                "A='one''two' | 1: unexpected content after closing quote",
                "A='one'#two | 1: unexpected content after closing quote",
                "A='one~two'~B='two~C='three' | 4: unexpected content after closing quote",
                "A='one~two | 1: unclosed single quote",
            },
            quoteCharacter = '"')
    void whatMakesNoSenseIsToldWithItsLine(String text, String where) {
        assertThatThrownBy(() -> EnvFile.value(text.replace('~', '\n'), "WANTED"))
                .isInstanceOf(ContainerConfigException.class)
                .hasMessage(FAULT + where);
    }

    @Test
    void linesBehindTheWantedOneAreNotLookedAt() throws ContainerConfigException {
        assertThat(EnvFile.value("A='one'\nnonsense", "A")).contains("one");
    }

    @Test
    void onlyPlainFilesInsideTheVolumeAreRead(@TempDir Path directory) throws IOException {
        Path volume = Files.createDirectories(directory.resolve("volume/below"));
        Path outside = Files.writeString(directory.resolve("outside"), "A='secret'");
        Files.writeString(volume.resolve("a.env"), "A='one'");
        Files.createSymbolicLink(volume.resolve("inner"), Path.of("a.env"));
        Files.createSymbolicLink(volume.resolve("outer"), outside);
        assertThat(EnvFile.read(volume.getParent(), "below/a.env")).contains("A='one'");
        assertThat(EnvFile.read(volume, "inner")).contains("A='one'");
        assertThat(EnvFile.read(volume, "outer")).isEmpty();
        assertThat(EnvFile.read(volume, "absent")).isEmpty();
        assertThat(EnvFile.read(volume.getParent(), "below")).isEmpty();
        assertThat(EnvFile.read(volume.getParent(), "below/a.env/deeper")).isEmpty();
        Files.writeString(volume.resolve("large"), "#".repeat(64 * 1024 + 1));
        assertThatThrownBy(() -> EnvFile.read(volume, "large")).hasMessageContaining("larger than");
    }
}
