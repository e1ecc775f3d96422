package io.kybern.apiserver.filters;

import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authn.UserInfo;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Who a connection belongs to by its client certificate; found out once for each connection.
 *
 * @param user the user, if the certificate is valid
 * @param badCertificate whether there is a certificate that proves nothing
 */
record ConnectionIdentity(Optional<UserInfo> user, boolean badCertificate) {

    private static final AttributeKey<ConnectionIdentity> KEY = AttributeKey.valueOf("kybern.identity");
    private static final ConnectionIdentity NONE = new ConnectionIdentity(Optional.empty(), false);

    /** The identity behind a channel, which may be an HTTP/2 stream. */
    static ConnectionIdentity of(Channel channel, Authentication authentication) {
        Channel connection = channel;
        while (connection.pipeline().get(SslHandler.class) == null && connection.parent() != null) {
            connection = connection.parent();
        }
        @Nullable ConnectionIdentity known = connection.attr(KEY).get();
        if (known != null && valid(known, connection)) {
            return known;
        }
        ConnectionIdentity found = find(connection, authentication);
        connection.attr(KEY).set(found);
        return found;
    }

    /** A certificate can end while its connection lives. */
    private static boolean valid(ConnectionIdentity known, Channel connection) {
        if (known.user().isEmpty()) {
            return true;
        }
        X509Certificate[] chain = chain(connection);
        try {
            chain[0].checkValidity();
            return true;
        } catch (java.security.cert.CertificateException e) {
            return false;
        }
    }

    private static ConnectionIdentity find(Channel connection, Authentication authentication) {
        X509Certificate[] chain = chain(connection);
        if (chain.length == 0) {
            return NONE;
        }
        Optional<UserInfo> user = authentication.byCertificate(chain);
        return new ConnectionIdentity(user, user.isEmpty());
    }

    private static X509Certificate[] chain(Channel connection) {
        @Nullable SslHandler tls = connection.pipeline().get(SslHandler.class);
        if (tls == null) {
            return new X509Certificate[0];
        }
        try {
            Certificate[] certificates = tls.engine().getSession().getPeerCertificates();
            return Arrays.copyOf(certificates, certificates.length, X509Certificate[].class);
        } catch (SSLPeerUnverifiedException e) {
            return new X509Certificate[0];
        }
    }
}
