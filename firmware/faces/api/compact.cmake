# SPDX-License-Identifier: Apache-2.0
# cmake -D IN= -D OUT= -P compact.cmake: JSON without line breaks and indentation (its strings hold neither).
execute_process(COMMAND sed "s/^ *//" ${IN} COMMAND tr -d "\\n" OUTPUT_FILE ${OUT} COMMAND_ERROR_IS_FATAL ANY)
