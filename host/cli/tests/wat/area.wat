(func $area (param i32 i64 i32) (result i32 i64)
  (local i32 i64 i32 i32 i64 i32 i64 i64 i32 i32 i64 i32 i64 i32 i32 i64)
  block ;; label = @1
    block ;; label = @2
      block ;; label = @3
        block ;; label = @4
          block ;; label = @5
            block ;; label = @6
              block ;; label = @7
                block ;; label = @8
                  local.get 0
                  i32.const 255
                  i32.and
                  i32.const 16
                  i32.eq
                  i32.eqz
                  br_if 0 (;@8;)
                  local.get 0
                  local.get 1
                  i32.const 9
                  i32.const address
                  i64.extend_i32_u
                  call
                  local.tee 6
                  i32.eqz
                  br_if 0 (;@8;)
                  br 1 (;@7;)
                end
                br 1 (;@6;)
              end
              local.get 0
              local.get 1
              i32.const 9
              i32.const address
              i64.extend_i32_u
              call
              local.set 7
              i32.const 0
              global.get 1
              local.tee 6
              local.get 6
              i32.const 6
              i32.eq
              select
              local.tee 6
              local.get 7
              local.set 9
              local.set 8
              local.get 0
              i32.const 255
              i32.and
              i32.const 8
              i32.ge_u
              if ;; label = @7
                local.get 1
                i32.wrap_i64
                local.get 1
                i32.wrap_i64
                i32.load
                i32.const 1
                i32.sub
                local.tee 6
                i32.store
                local.get 6
                i32.eqz
                if ;; label = @8
                  local.get 0
                  local.get 1
                  call
                end
              end
              block ;; label = @7
                block ;; label = @8
                  local.get 8
                  i32.const 2
                  i32.ne
                  br_if 0 (;@8;)
                  local.get 9
                  i64.const 3074457345618258602
                  i64.add
                  i64.const 6148914691236517204
                  i64.gt_u
                  br_if 0 (;@8;)
                  i64.const 3
                  local.get 9
                  i64.mul
                  local.set 7
                  i32.const 2
                  local.set 6
                  br 1 (;@7;)
                end
                i32.const 2
                i64.const 3
                local.get 8
                i32.const 255
                i32.and
                i32.const 8
                i32.ge_u
                if ;; label = @8
                  local.get 9
                  i32.wrap_i64
                  local.get 9
                  i32.wrap_i64
                  i32.load
                  i32.const 1
                  i32.add
                  i32.store
                end
                local.get 8
                local.get 9
                call
                local.set 4
                global.get 1
                local.tee 3
                i32.const 255
                i32.eq
                br_if 4 (;@3;)
                local.get 3
                local.set 6
                local.get 4
                local.set 7
              end
              local.get 6
              local.get 7
              local.set 10
              local.set 11
              block ;; label = @7
                block ;; label = @8
                  local.get 11
                  i32.const 2
                  i32.xor
                  local.get 8
                  i32.const 2
                  i32.xor
                  i32.or
                  br_if 0 (;@8;)
                  local.get 10
                  i64.const 2147483648
                  i64.add
                  local.get 9
                  i64.const 2147483648
                  i64.add
                  i64.or
                  i64.const 4294967295
                  i64.gt_u
                  br_if 0 (;@8;)
                  local.get 10
                  local.get 9
                  i64.mul
                  local.set 13
                  i32.const 2
                  local.set 12
                  br 1 (;@7;)
                end
                local.get 11
                local.get 10
                local.get 8
                local.get 9
                call
                local.set 4
                global.get 1
                local.tee 3
                i32.const 255
                i32.eq
                br_if 3 (;@4;)
                local.get 3
                local.set 12
                local.get 4
                local.set 13
              end
              local.get 12
              local.get 13
              return
            end
            block ;; label = @6
              block ;; label = @7
                block ;; label = @8
                  local.get 0
                  i32.const 255
                  i32.and
                  i32.const 14
                  i32.sub
                  i32.const 1
                  i32.le_u
                  i32.eqz
                  br_if 0 (;@8;)
                  local.get 1
                  i32.wrap_i64
                  i32.load offset=12
                  i32.const 2
                  i32.eq
                  i32.eqz
                  br_if 0 (;@8;)
                  br 1 (;@7;)
                end
                br 1 (;@6;)
              end
              local.get 1
              i32.wrap_i64
              i32.load
              i32.const 1
              i32.eq
              local.get 1
              i32.wrap_i64
              i32.load offset=8
              i32.const 1
              i32.eq
              i32.and
              local.get 1
              i32.wrap_i64
              i32.load offset=20
              i32.const 0
              i32.eq
              i32.and
              local.tee 6
              if ;; label = @7
                local.get 1
                i32.wrap_i64
                i32.load offset=16
                local.tee 11
                i32.load
                local.set 12
                local.get 11
                i64.load offset=8
                local.set 7
                local.get 12
                local.get 7
                local.set 15
                local.set 14
                local.get 11
                i32.load offset=16
                local.set 16
                local.get 11
                i64.load offset=24
                local.set 10
                local.get 16
                local.get 10
                local.set 18
                local.set 17
                local.get 1
                i32.wrap_i64
                call
              else
                local.get 1
                i32.wrap_i64
                i32.load offset=16
                local.tee 11
                i32.eqz
                if ;; label = @8
                  local.get 0
                  local.get 1
                  i32.const 0
                  call
                  local.set 11
                end
                local.get 11
                i32.load
                local.set 12
                local.get 11
                i64.load offset=8
                local.set 7
                local.get 12
                i32.const 255
                i32.and
                i32.const 8
                i32.ge_u
                if ;; label = @8
                  local.get 7
                  i32.wrap_i64
                  local.get 7
                  i32.wrap_i64
                  i32.load
                  i32.const 1
                  i32.add
                  i32.store
                end
                local.get 12
                local.get 7
                local.set 15
                local.set 14
                local.get 1
                i32.wrap_i64
                i32.load offset=16
                local.tee 11
                i32.eqz
                if ;; label = @8
                  local.get 0
                  local.get 1
                  i32.const 1
                  call
                  i32.const 16
                  i32.sub
                  local.set 11
                end
                local.get 11
                i32.load offset=16
                local.set 12
                local.get 11
                i64.load offset=24
                local.set 7
                local.get 12
                i32.const 255
                i32.and
                i32.const 8
                i32.ge_u
                if ;; label = @8
                  local.get 7
                  i32.wrap_i64
                  local.get 7
                  i32.wrap_i64
                  i32.load
                  i32.const 1
                  i32.add
                  i32.store
                end
                local.get 12
                local.get 7
                local.set 18
                local.set 17
                local.get 0
                i32.const 255
                i32.and
                i32.const 8
                i32.ge_u
                if ;; label = @8
                  local.get 1
                  i32.wrap_i64
                  local.get 1
                  i32.wrap_i64
                  i32.load
                  i32.const 1
                  i32.sub
                  local.tee 11
                  i32.store
                  local.get 11
                  i32.eqz
                  if ;; label = @9
                    local.get 0
                    local.get 1
                    call
                  end
                end
              end
              block ;; label = @7
                block ;; label = @8
                  local.get 14
                  i32.const 2
                  i32.xor
                  local.get 17
                  i32.const 2
                  i32.xor
                  i32.or
                  br_if 0 (;@8;)
                  local.get 15
                  i64.const 2147483648
                  i64.add
                  local.get 18
                  i64.const 2147483648
                  i64.add
                  i64.or
                  i64.const 4294967295
                  i64.gt_u
                  br_if 0 (;@8;)
                  local.get 15
                  local.get 18
                  i64.mul
                  local.set 7
                  i32.const 2
                  local.set 6
                  br 1 (;@7;)
                end
                local.get 14
                local.get 15
                local.get 17
                local.get 18
                call
                local.set 4
                global.get 1
                local.tee 3
                i32.const 255
                i32.eq
                br_if 2 (;@5;)
                local.get 3
                local.set 6
                local.get 4
                local.set 7
              end
              local.get 6
              local.get 7
              return
            end
            local.get 0
            i32.const 255
            i32.and
            i32.const 8
            i32.ge_u
            if ;; label = @6
              local.get 1
              i32.wrap_i64
              local.get 1
              i32.wrap_i64
              i32.load
              i32.const 1
              i32.sub
              local.tee 6
              i32.store
              local.get 6
              i32.eqz
              if ;; label = @7
                local.get 0
                local.get 1
                call
              end
            end
            i32.const 2
            i64.const 0
            return
          end
          i32.const 10
          local.set 5
          br 3 (;@1;)
        end
        i32.const 5
        local.set 5
        br 2 (;@1;)
      end
      i32.const 5
      local.set 5
    end
    local.get 8
    local.get 9
    call
  end
  local.get 4
  local.get 5
  i32.const 1
  i32.sub
  call
  local.tee 4
  i32.const address
  call
  local.set 4
  i32.const 255
  local.get 4
  return
)
