# SPDX-License-Identifier: Apache-2.0
# cmake -D IN= -D OUT= -P compact.cmake: JSON without line breaks, indentation and blanks behind keys (no string of it spans lines).
execute_process(COMMAND sed -E "s/^ *//; s/^(\"[^\"]*\":) /\\1/" ${IN} COMMAND tr -d "\\n" OUTPUT_FILE ${OUT} COMMAND_ERROR_IS_FATAL ANY)
