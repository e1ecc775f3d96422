package io.kybern.systemtests;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Registries in pods on a node's own network, which its Docker Engine takes without TLS because they are local. They share one
 * directory of the node: what is pushed to the open one is to be had from the one that asks for a login, too.
 */
final class Registry {

    static final String IMAGE = "kybern/registry:1";

    /** Everyone is let in. */
    static final String OPEN = "127.0.0.1:5055";

    /** The same. */
    private static final String OTHERWISE = "localhost:5055";

    /** Only one user is. */
    static final String CLOSED = "127.0.0.1:5056";

    /** Is not there at first. */
    static final String LATE = "127.0.0.1:5057";

    private static final String USER = "kybern";
    private static final String PASSWORD = "s3cret";

    /** The password, as the registry wants it: hashed by bcrypt. */
    private static final String HASH = "$2b$04$JhibLldxUNA6ttH7Q9.Nqeb.Kr8mIVVR1/iwv1WAESf7XVHuPdPY2";

    private final String node;
    private final String run =
            "r" + Integer.toHexString(ThreadLocalRandom.current().nextInt(1 << 24));

    Registry(String node) {
        this.node = node;
    }

    /** The pod with the registries that are there from the beginning. */
    String pod() {
        return pod("registry", container("open", OPEN, "") + container("closed", CLOSED, """
                - { name: USERS, value: '%s:%s' }
                - { name: REGISTRY_AUTH, value: htpasswd }
                - { name: REGISTRY_AUTH_HTPASSWD_REALM, value: tests }
                - { name: REGISTRY_AUTH_HTPASSWD_PATH, value: /users }
                """.formatted(USER, HASH)));
    }

    /** The pod with the one that comes later. */
    String latePod() {
        return pod("late-registry", container("late", LATE, ""));
    }

    private String pod(String name, String containers) {
        return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                spec:
                  hostNetwork: true
                  nodeName: %s
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  volumes: [{ name: data, hostPath: { path: %s, type: DirectoryOrCreate } }]
                  containers:
                """.formatted(name, node, directory()) + containers.indent(2);
    }

    private static String container(String name, String address, String variables) {
        int colon = address.indexOf(':');
        return """
                - name: %s
                  image: %s
                  imagePullPolicy: IfNotPresent
                  command: [sh, -c, 'echo "$USERS" > /users; exec /bin/docker-registry serve /etc/registry.yml']
                  volumeMounts: [{ name: data, mountPath: /data }]
                  readinessProbe: { tcpSocket: { host: %s, port: %s }, periodSeconds: 1 }
                  env:
                  - { name: REGISTRY_HTTP_ADDR, value: '%s' }
                """.formatted(name, IMAGE, address.substring(0, colon), address.substring(colon + 1), address)
                + variables.indent(2);
    }

    private String directory() {
        return "/var/tmp/registry-" + run;
    }

    /** How an image of this run is called at one of the registries. */
    String image(String registry, String name) {
        return registry + "/" + run + "/" + name;
    }

    /**
     * Makes images and pushes them; the node itself does not keep them. Each is a testbox whose variable BOX has the given value.
     *
     * @param images such as {@code tool:1=first}
     * @return the digest of each
     */
    Map<String, String> push(String... images) {
        StringBuilder script = new StringBuilder();
        for (String each : images) {
            int equals = each.indexOf('=');
            String name = each.substring(0, equals);
            // under another name than that of the pods, so that what they have stays as it is
            script.append("""
                    c=$(docker create --network=none %3$s true)
                    docker commit -c 'ENV BOX=%4$s' $c %2$s > /dev/null
                    docker rm $c > /dev/null
                    docker push %2$s | sed -n 's/.*digest: \\(sha256:[0-9a-f]*\\) .*/%1$s \\1/p'
                    docker rmi %2$s > /dev/null
                    """.formatted(name, image(OTHERWISE, name), ClusterTest.IMAGE, each.substring(equals + 1)));
        }
        Map<String, String> digests = new HashMap<>();
        Stack.onNode(node, script.toString())
                .lines()
                .map(line -> line.strip().split(" "))
                .forEach(words -> digests.put(words[0], words[1]));
        return digests;
    }

    /** A secret with a login for the closed registry. */
    static String secret(String name, String password) {
        return """
                ---
                apiVersion: v1
                kind: Secret
                metadata: { name: %s }
                type: kubernetes.io/dockerconfigjson
                stringData:
                  .dockerconfigjson: '{"auths":{"%s":{"auth":"%s"}}}'
                """.formatted(
                        name,
                        CLOSED,
                        Base64.getEncoder().encodeToString((USER + ":" + password).getBytes(StandardCharsets.UTF_8)));
    }

    /** A secret with the right login. */
    static String secret(String name) {
        return secret(name, PASSWORD);
    }

    /** Removes what is left of this run on the node, once its pods are gone. */
    void clean() {
        Stack.onNode(
                node,
                "docker images --format '{{.Repository}}:{{.Tag}} {{.ID}}' | grep '/" + run
                        + "/' | cut -d' ' -f2 | sort -u | xargs -r docker rmi -f > /dev/null 2>&1 || true; rm -rf "
                        + directory());
    }
}
