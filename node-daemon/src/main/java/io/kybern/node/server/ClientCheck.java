package io.kybern.node.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes every connection but those of the API server, which shows itself by the name in its certificate. */
final class ClientCheck extends ChannelInboundHandlerAdapter {

    private static final Logger log = LoggerFactory.getLogger(ClientCheck.class);

    private final String clientName;

    ClientCheck(String clientName) {
        this.clientName = clientName;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess() && !isAllowed(context)) {
            log.atWarn()
                    .addKeyValue("client", context.channel().remoteAddress())
                    .log("client refused: not the API server");
            context.close();
            return;
        }
        context.fireUserEventTriggered(event);
    }

    private boolean isAllowed(ChannelHandlerContext context) {
        try {
            String subject = context.pipeline()
                    .get(SslHandler.class)
                    .engine()
                    .getSession()
                    .getPeerPrincipal()
                    .getName();
            return new LdapName(subject)
                    .getRdns().stream()
                            .anyMatch(rdn -> rdn.getType().equalsIgnoreCase("CN")
                                    && rdn.getValue().equals(clientName));
        } catch (SSLPeerUnverifiedException | InvalidNameException e) {
            return false;
        }
    }
}
