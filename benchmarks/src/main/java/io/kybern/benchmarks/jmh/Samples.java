package io.kybern.benchmarks.jmh;

import io.kybern.api.Json;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/** Objects as they are in everyday use. */
public final class Samples {

    /** When everything here was made; a fixed time keeps figures comparable. */
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static final String DEPLOYMENT = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default","resourceVersion":"1",
            "uid":"2b1a6f5e-7c1c-4d53-9d0f-0a8c1f6f7d10","generation":3,"creationTimestamp":"2026-01-01T00:00:00Z",
            "labels":{"app":"web","tier":"front","release":"stable"},"annotations":{"deployment.kubernetes.io/revision":"3"}},
            "spec":{"replicas":3,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,
            "selector":{"matchLabels":{"app":"web","tier":"front"}},
            "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}},
            "template":{"metadata":{"labels":{"app":"web","tier":"front","release":"stable"}},"spec":{"containers":[
            {"name":"web","image":"example.com/web:1.2.3","imagePullPolicy":"IfNotPresent",
            "ports":[{"name":"http","containerPort":8080,"protocol":"TCP"},{"name":"metrics","containerPort":9090,"protocol":"TCP"}],
            "env":[{"name":"MODE","value":"production"},{"name":"POD_NAME","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}}],
            "resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":"1","memory":"512Mi"}},
            "readinessProbe":{"httpGet":{"path":"/ready","port":"http","scheme":"HTTP"},"periodSeconds":10,"timeoutSeconds":1,"successThreshold":1,"failureThreshold":3},
            "volumeMounts":[{"name":"config","mountPath":"/etc/web"}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"},
            {"name":"sidecar","image":"example.com/log:4","imagePullPolicy":"IfNotPresent","resources":{},
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],
            "volumes":[{"name":"config","configMap":{"name":"web","defaultMode":420}}],
            "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler"}}},
            "status":{"observedGeneration":3,"replicas":3,"updatedReplicas":3,"readyReplicas":3,"availableReplicas":3}}
            """;

    private static final String STRATEGIC_PATCH = """
            {"metadata":{"annotations":{"restartedAt":"2026-01-01T00:00:00Z"}},"spec":{"template":{"spec":{"containers":[
            {"name":"web","image":"example.com/web:1.2.4","env":[{"name":"MODE","value":"trial"}]},
            {"name":"sidecar","$patch":"delete"}]}}}}
            """;

    private static final String APPLIED = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default","labels":{"app":"web"}},
            "spec":{"replicas":5,"template":{"spec":{"containers":[{"name":"web","image":"example.com/web:1.2.5",
            "ports":[{"containerPort":8080,"protocol":"TCP"}],"env":[{"name":"MODE","value":"production"}]}]}}}}
            """;

    private Samples() {}

    /** A Deployment of two containers, as it is stored: about 2 KiB. */
    public static ObjectNode deployment() {
        return (ObjectNode) Json.read(DEPLOYMENT);
    }

    static ObjectNode strategicPatch() {
        return (ObjectNode) Json.read(STRATEGIC_PATCH);
    }

    static ObjectNode applied() {
        return (ObjectNode) Json.read(APPLIED);
    }
}
