/** What lies outside: the upstream name servers, and the record of this process's own address. */
@NullMarked
package io.kybern.dns.adapter;

import org.jspecify.annotations.NullMarked;
