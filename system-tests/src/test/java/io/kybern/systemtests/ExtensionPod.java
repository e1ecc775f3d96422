package io.kybern.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Runs an {@link ExtensionServer} in a pod, behind the Service {@code hook} of a namespace. */
final class ExtensionPod {

    static final String JAVA = "kybern/java:local";

    private ExtensionPod() {}

    /**
     * Starts it and waits until it answers.
     *
     * @param directory for what is made on the way
     * @return the server's certificate authority, as webhook configurations want it
     */
    static String deploy(Kubectl kubectl, Path directory) {
        Path store = directory.resolve("keys.p12");
        keytool(
                store,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=hook",
                "-validity",
                "2",
                "-ext",
                "san=dns:hook." + kubectl.namespace() + ".svc",
                "-ext",
                "bc=ca:true");
        Path certificate = directory.resolve("hook.crt");
        keytool(store, "-exportcert", "-rfc", "-file", certificate.toString());
        Path jar = directory.resolve("server.jar");
        ClassJar.write(jar, ExtensionServer.class, ExtensionHooks.class, ExtensionMetrics.class);
        kubectl.run("create", "configmap", "server", "--from-file=" + store, "--from-file=" + jar);
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: hook }
                spec: { selector: { app: hook }, ports: [{ port: 443, targetPort: %1$d }] }
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: hook }
                spec:
                  selector: { matchLabels: { app: hook } }
                  template:
                    metadata: { labels: { app: hook } }
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - name: server
                        image: %2$s
                        imagePullPolicy: IfNotPresent
                        command: [java, -XX:+UseSerialGC, -Xmx48m, -cp, /server/server.jar, io.kybern.systemtests.ExtensionServer, /server/keys.p12]
                        ports: [{ containerPort: %1$d }]
                        readinessProbe: { tcpSocket: { port: %1$d }, periodSeconds: 1 }
                        volumeMounts: [{ name: server, mountPath: /server }]
                      volumes: [{ name: server, configMap: { name: server } }]
                """.formatted(ExtensionServer.PORT, JAVA));
        kubectl.run("rollout", "status", "deployment/hook", "--timeout=110s");
        try {
            return Base64.getEncoder().encodeToString(Files.readAllBytes(certificate));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void keytool(Path store, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(more));
        command.addAll(List.of("-alias", "hook", "-storetype", "PKCS12", "-storepass", ExtensionServer.PASSWORD));
        command.addAll(List.of("-keystore", store.toString()));
        Kubectl.execute(command, "", Map.of()).ok();
    }
}
