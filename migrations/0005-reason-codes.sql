-- Why an agent takes no calls: reasons to choose from, and those that the server sets. The operator may change them.

insert into reason_codes (code, name, position, by_server, area_code, unit_id) values
  ('break', '小休', 1, false, '000000', 'hotline'),
  ('meal', '用餐', 2, false, '000000', 'hotline'),
  ('paperwork', '案头整理', 3, false, '000000', 'hotline'),
  ('meeting', '会议', 4, false, '000000', 'hotline'),
  ('training', '培训', 5, false, '000000', 'hotline'),
  ('other', '其他', 6, false, '000000', 'hotline'),
  ('signed-in', '刚签入', 101, true, '000000', 'hotline'),
  ('ring-no-answer', '未应答', 102, true, '000000', 'hotline'),
  ('declined', '拒接', 103, true, '000000', 'hotline'),
  ('unreachable', '话机不可达', 104, true, '000000', 'hotline'),
  ('disconnected', '连接中断', 105, true, '000000', 'hotline');
