package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ResourceRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class DefinitionsTest {

    private static final Path FILE = Path.of("src/main/resources/io/kybern/schema", SchemaCatalog.RESOURCE);

    /** Run with {@code -Dkybern.update=true} to write the file anew. */
    @Test
    void fileIsWhatTheModelsAndTheFactsSay() throws IOException {
        String generated =
                new DefinitionsGenerator(ResourceRegistry.builtIn(), MergeFacts.read(), FieldTexts.read()).generate();
        if (Boolean.getBoolean("kybern.update")) {
            Files.writeString(FILE, generated);
        }
        String checkedIn = Files.readString(FILE, StandardCharsets.UTF_8);
        assertThat(checkedIn.equals(generated))
                .as(
                        "%s differs from what is generated: update it with"
                                + " mvn -pl shared-model/schema -am test -Dtest=DefinitionsTest"
                                + " -Dsurefire.failIfNoSpecifiedTests=false -Dkybern.update=true",
                        FILE)
                .isTrue();
    }
}
