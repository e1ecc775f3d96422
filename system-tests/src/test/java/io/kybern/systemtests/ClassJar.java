package io.kybern.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Classes of these tests in a jar, to be run in a pod. */
final class ClassJar {

    private ClassJar() {}

    static void write(Path jar, Class<?>... content) {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Class<?> each : content) {
                Path classes = Path.of(
                        each.getProtectionDomain().getCodeSource().getLocation().getPath());
                String entry = each.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(entry));
                Files.copy(classes.resolve(entry), out);
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
