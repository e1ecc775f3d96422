package io.kybern.apiserver.filters;

import io.kybern.apiserver.audit.Audit;
import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.flowcontrol.FlowControl;

/**
 * Who stands between a request and what answers it.
 *
 * @param authentication finds out who asks
 * @param audit tells of it
 * @param flowControl says when it is the request's turn
 * @param authorization says what one may do
 */
public record Guards(
        Authentication authentication, Audit audit, FlowControl flowControl, Authorization authorization) {}
