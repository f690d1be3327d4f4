# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(api_request SOURCES api_request_fuzz.c DEPENDS faces_api)
