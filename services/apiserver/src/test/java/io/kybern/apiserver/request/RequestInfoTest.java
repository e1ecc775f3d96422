package io.kybern.apiserver.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RequestInfoTest {

    /** Each line: the request, then verb and group/namespace/resource/name/subresource. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/namespaces/a/pods -> list /a/pods//",
                "GET /api/v1/namespaces/a/pods?watch=true -> watch /a/pods//",
                "GET /api/v1/namespaces/a/pods?watch=false -> list /a/pods//",
                "GET /api/v1/namespaces/a/pods/p?watch=true -> get /a/pods/p/",
                "GET /api/v1/namespaces/a/pods/p/proxy/feed?watch=true -> get /a/pods/p/proxy",
                "GET /api/v1/watch/namespaces/a/pods -> watch /a/pods//",
                "GET /api/v1/watch/namespaces/a/pods/p -> watch /a/pods/p/",
                "GET /api/v1/watch/namespaces/a -> watch /a/namespaces/a/",
                "GET /api/v1/watch/nodes -> watch //nodes//",
                "GET /apis/apps/v1/watch/deployments -> watch apps//deployments//",
                "GET /apis/example.com/v1/watch -> list example.com//watch//",
                "GET /api/v1/pods -> list //pods//",
                "GET /api/v1/namespaces/a/pods/p -> get /a/pods/p/",
                "HEAD /api/v1/namespaces/a/pods/p -> get /a/pods/p/",
                "PUT /api/v1/namespaces/a/pods/p/status -> update /a/pods/p/status",
                "POST /api/v1/namespaces/a/pods/p/binding -> create /a/pods/p/binding",
                "PATCH /apis/apps/v1/namespaces/a/deployments/d -> patch apps/a/deployments/d/",
                "DELETE /apis/apps/v1/namespaces/a/deployments/d -> delete apps/a/deployments/d/",
                "DELETE /apis/apps/v1/namespaces/a/deployments -> deletecollection apps/a/deployments//",
                "GET /api/v1/namespaces -> list //namespaces//",
                "GET /api/v1/namespaces/a -> get /a/namespaces/a/",
                "PUT /api/v1/namespaces/a/finalize -> update /a/namespaces/a/finalize",
                "PUT /api/v1/namespaces/a/status -> update /a/namespaces/a/status",
                "GET /api/v1/nodes/n/proxy/healthz -> get //nodes/n/proxy",
                "GET /apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/x%3Ay -> get rbac.authorization.k8s.io/a/roles/x:y/"
            })
    void readsResourcePaths(String line) {
        String[] sides = line.split(" -> ");
        String[] request = sides[0].split(" ");
        RequestInfo info = ApiRequest.Line.of(request[0], request[1]).info();

        assertThat(info.resourceRequest()).isTrue();
        assertThat(info.verb() + " "
                        + String.join(
                                "/", info.group(), info.namespace(), info.resource(), info.name(), info.subresource()))
                .isEqualTo(sides[1]);
    }

    @ParameterizedTest
    @CsvSource({"/version", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1", "/", "/openapi/v3/apis/apps/v1"})
    void takesOtherPathsAsPaths(String path) {
        RequestInfo info = ApiRequest.Line.of("GET", path).info();

        assertThat(info.resourceRequest()).isFalse();
        assertThat(info.verb()).isEqualTo("get");
        assertThat(info.path()).isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/pods, false",
        "/api/v1/pods/p, true",
        "/api/v1/watch/pods, false",
        "/api/v1/watch/nodes/n, true",
        "/apis/apps/v1/watch/deployments, false",
        "/apis/apps/v1/deployments/d, true",
        "/apis/apps/v1/deployments?watch=true, false"
    })
    void knowsWhetherThePathNamesAnObjectWithoutANamespace(String path, boolean named) {
        assertThat(ApiRequest.Line.of("GET", path).info().namesObject()).isEqualTo(named);
    }

    @Test
    void takesTheNameOfAListFromItsFieldSelector() {
        RequestInfo info = ApiRequest.Line.of(
                        "GET", "/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Ds&watch=1")
                .info();

        assertThat(info.verb()).isEqualTo("watch");
        assertThat(info.name()).isEqualTo("s");
    }

    @Test
    void knowsWhatMayTakeLong() {
        ApiRequest.Line follow = ApiRequest.Line.of("GET", "/api/v1/namespaces/a/pods/p/log?follow=true");
        ApiRequest.Line log = ApiRequest.Line.of("GET", "/api/v1/namespaces/a/pods/p/log");
        ApiRequest.Line exec = ApiRequest.Line.of("GET", "/api/v1/namespaces/a/pods/p/exec?command=ls");

        assertThat(follow.info().longRunning(follow.query())).isTrue();
        assertThat(log.info().longRunning(log.query())).isFalse();
        assertThat(exec.info().longRunning(exec.query())).isTrue();
    }
}
