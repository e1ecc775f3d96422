package io.kybern.apiserver.filters;

import io.netty.handler.ssl.ClientAuth;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import reactor.netty.http.Http2SslContextSpec;

/** TLS of the listener: HTTP/2 and HTTP/1.1 by ALPN, client certificates asked for but not demanded. */
final class ServerTls {

    private ServerTls() {}

    static Http2SslContextSpec spec(Path certificate, Path key, List<X509Certificate> authorities) {
        return Http2SslContextSpec.forServer(certificate.toFile(), key.toFile())
                .configure(builder -> builder.clientAuth(ClientAuth.OPTIONAL)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .trustManager(new AnyCertificate(authorities)));
    }

    /**
     * Lets any certificate through the handshake: authentication looks at it afterwards, so that a bad one gets 401 in words
     * rather than a broken connection.
     */
    private static final class AnyCertificate extends X509ExtendedTrustManager {

        private final X509Certificate[] authorities;

        AnyCertificate(List<X509Certificate> authorities) {
            this.authorities = authorities.toArray(X509Certificate[]::new);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this side is the server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("this side is the server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this side is the server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return authorities.clone();
        }
    }
}
