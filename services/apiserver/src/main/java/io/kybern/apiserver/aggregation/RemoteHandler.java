package io.kybern.apiserver.aggregation;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.proxy.PassedHeaders;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerResponse;

/** Passes requests on to the servers of aggregated APIs, and their answers back as they come, watches included. */
final class RemoteHandler {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteHandler.class);
    private static final int UNAVAILABLE = 503;
    private static final String SILENT = "service unavailable\n";

    private final FrontProxy proxy;

    RemoteHandler(FrontProxy proxy) {
        this.proxy = proxy;
    }

    ApiResponse handle(RemoteApi api, ApiRequest request) {
        if (!api.available()) {
            return ApiResponse.text(UNAVAILABLE, SILENT);
        }
        HttpClient client;
        try {
            if (PassedHeaders.isUpgrade(request)) {
                return new ApiResponse.Tunnelled(proxy.upgrade(api.service(), api.trust(), request));
            }
            client = proxy.client(api.service(), api.trust());
        } catch (ApiException e) {
            LOG.atDebug()
                    .addKeyValue("apiservice", api.name())
                    .addKeyValue("error", e.status().message())
                    .log("Nothing is behind an aggregated API");
            return ApiResponse.text(UNAVAILABLE, SILENT);
        } catch (SSLException e) {
            return ApiResponse.text(500, e.getMessage() + "\n");
        }
        byte[] body = request.body();
        return new ApiResponse.Tunnelled(
                (in, out) -> client.headers(headers -> FrontProxy.passOn(in.requestHeaders(), request.user(), headers))
                        .request(HttpMethod.valueOf(request.method()))
                        .uri(request.uri())
                        .send((sent, to) -> body.length == 0 ? Mono.empty() : to.sendByteArray(Mono.just(body)))
                        .response((answer, content) -> back(answer, out, content))
                        .then()
                        .onErrorResume(error -> failed(api, out, error)));
    }

    private static Publisher<Void> back(HttpClientResponse answer, HttpServerResponse out, ByteBufFlux content) {
        out.status(answer.status());
        PassedHeaders.copy(answer.responseHeaders(), out.responseHeaders());
        return out.send(content.retain(), buffer -> true);
    }

    private static Mono<Void> failed(RemoteApi api, HttpServerResponse out, Throwable error) {
        LOG.atInfo()
                .addKeyValue("apiservice", api.name())
                .addKeyValue("error", String.valueOf(error.getMessage()))
                .log("A request could not be passed on to an aggregated API");
        if (out.hasSentHeaders()) {
            return Mono.empty();
        }
        byte[] text = ("error trying to reach service: " + error.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
        return out.status(UNAVAILABLE)
                .header("Content-Type", "text/plain; charset=utf-8")
                .header("Content-Length", Integer.toString(text.length))
                .sendByteArray(Mono.just(text))
                .then();
    }
}
