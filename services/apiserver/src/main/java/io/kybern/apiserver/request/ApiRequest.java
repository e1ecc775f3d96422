package io.kybern.apiserver.request;

import io.kybern.apiserver.authn.UserInfo;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One authenticated request. Belongs to the thread that handles it; only the warnings grow.
 */
public final class ApiRequest {

    private final String method;
    private final String uri;
    private final RequestInfo info;
    private final QueryParameters query;
    private final HttpHeaders headers;
    private final byte[] body;
    private final UserInfo user;
    private final Warnings warnings = new Warnings();

    /** A request; the body is empty for requests without one, and for those that are tunnelled. */
    public ApiRequest(Line line, HttpHeaders headers, byte[] body, UserInfo user) {
        this.method = line.method();
        this.uri = line.uri();
        this.info = line.info();
        this.query = line.query();
        this.headers = headers;
        this.body = body;
        this.user = user;
    }

    /**
     * A request line, taken apart.
     *
     * @param method in upper case
     * @param uri the path and query as sent
     * @param query the query
     * @param info what it asks for
     */
    public record Line(String method, String uri, QueryParameters query, RequestInfo info) {

        /** Takes a request line apart. */
        public static Line of(String method, String uri) {
            int mark = uri.indexOf('?');
            String path = mark < 0 ? uri : uri.substring(0, mark);
            QueryParameters query = QueryParameters.of(uri);
            return new Line(method, uri, query, RequestInfo.parse(method, path, query));
        }
    }

    /** In upper case. */
    public String method() {
        return method;
    }

    /** The path and query as sent. */
    public String uri() {
        return uri;
    }

    /** The path as sent. */
    public String path() {
        return info.path();
    }

    /** What it asks for. */
    public RequestInfo info() {
        return info;
    }

    /** The query. */
    public QueryParameters query() {
        return query;
    }

    /** All headers. */
    public HttpHeaders headers() {
        return headers;
    }

    /** One header, or empty. */
    public String header(String name) {
        @Nullable String value = headers.get(name);
        return value == null ? "" : value;
    }

    /** The body as sent; not to be changed. */
    public byte[] body() {
        return body;
    }

    /** Who asks. */
    public UserInfo user() {
        return user;
    }

    /** Adds a {@code Warning} header to the answer, once. */
    public void warn(String warning) {
        warnings.add(warning);
    }

    /** The warnings so far, in order; no more than fit into the headers of the answer. */
    public List<String> warnings() {
        return warnings.told();
    }
}
