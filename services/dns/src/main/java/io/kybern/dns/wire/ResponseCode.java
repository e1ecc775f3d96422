package io.kybern.dns.wire;

/** How a question ended (RFC 1035, section 4.1.1). The order is that of the numbers. */
public enum ResponseCode {
    NOERROR,
    FORMERR,
    SERVFAIL,
    NXDOMAIN,
    NOTIMP,
    REFUSED
}
