# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a shell starts as ansible-playbook: has it forked, or becomes the program where a run has other settings."""

import json
import os
import socket
import sys

FOLDER, NAME = os.path.split(__file__)
PROGRAM = os.path.join(os.path.dirname(sys.executable), NAME)

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.path.join(FOLDER, "socket"))
    socket.send_fds(server, [b"\n"], [0, 1, 2])
    server.sendall(json.dumps([[PROGRAM, *sys.argv[1:]], os.getcwd(), dict(os.environ)]).encode())
    server.shutdown(socket.SHUT_WR)
    status = server.makefile().read()
if not status:
    os.execv(PROGRAM, [PROGRAM, *sys.argv[1:]])  # noqa: S606 (that is what is wanted)
# A shell gives such a status for a signal.
sys.exit(int(status) if int(status) >= 0 else 128 - int(status))
