package io.kybern.dns.wire;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The content of a record. Names are in lower case, without a final dot. */
public sealed interface RecordData {

    /** The number of the record type. */
    int type();

    /** A host address: A or AAAA. */
    record Address(InetAddress address) implements RecordData {
        @Override
        public int type() {
            return address instanceof Inet4Address ? RecordType.A : RecordType.AAAA;
        }
    }

    /** A name that stands for another one. */
    record Alias(String target) implements RecordData {
        @Override
        public int type() {
            return RecordType.CNAME;
        }
    }

    /** The name of an address. */
    record Pointer(String target) implements RecordData {
        @Override
        public int type() {
            return RecordType.PTR;
        }
    }

    /** A server of the zone. */
    record NameServer(String target) implements RecordData {
        @Override
        public int type() {
            return RecordType.NS;
        }
    }

    /** Where a service listens; the priority is always 0. */
    record ServiceLocation(int weight, int port, String target) implements RecordData {
        @Override
        public int type() {
            return RecordType.SRV;
        }
    }

    /** A short ASCII text. */
    record Text(String text) implements RecordData {
        @Override
        public int type() {
            return RecordType.TXT;
        }
    }

    /** The head of a zone. */
    record Authority(String server, String contact, long serial) implements RecordData {
        @Override
        public int type() {
            return RecordType.SOA;
        }
    }
}
